"""Signing in: what it says, whom it lets in, and when it locks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import ActionLogEntry, UserStatus
from tests.conftest import member
from tests.factories import PASSWORD, UserFactory

URL = "/acceso/login/"
WRONG = "El usuario o la contraseña no son correctos"
LOCKED = "intente de nuevo en"


def sign_in(client: Client, email: str, password: str = PASSWORD, url: str = URL, **headers):
    return client.post(url, {"login": email, "password": password}, **headers)


def fail(client: Client, email: str, times: int, **headers):
    for _ in range(times):
        answer = sign_in(client, email, "no es esta", **headers)
    return answer.content.decode()


def actions() -> list[str]:
    return list(ActionLogEntry.objects.order_by("pk").values_list("action", flat=True))


def test_the_page_uses_the_words_of_the_manual(client, db):
    page = client.get(URL).content.decode()
    for words in ("Usuario</label>", "Contraseña</label>", ">Ingresar</button>", "¿Olvidó su contraseña?</a>"):
        assert words in page


def test_who_signs_in_lands_where_they_were_going(client, administrator):
    assert sign_in(client, administrator.email, url=f"{URL}?next=/perfil/").url == "/perfil/"


def test_another_site_is_no_place_to_land(client, administrator):
    assert sign_in(client, administrator.email, url=f"{URL}?next=https://mala.example/").url == "/"


def test_the_address_may_be_written_in_any_case(client, administrator):
    assert sign_in(client, "  ANA@Empresa.Example ").status_code == 302


def test_a_sign_in_is_written_down(client, administrator, account):
    sign_in(client, administrator.email, REMOTE_ADDR="203.0.113.7")
    line = ActionLogEntry.objects.get(action="accounts.user.signed_in")
    assert (line.account_id, line.origin) == (account.pk, "203.0.113.7")
    assert line.actor_name == "Ana Núñez <ana@empresa.example>"


def test_a_wrong_password_and_an_unknown_address_hear_the_same(client, administrator):
    known, unknown = fail(client, administrator.email, 1), fail(client, "nadie@empresa.example", 1)
    assert WRONG in known
    assert WRONG in unknown


def test_a_failure_is_written_down_for_people_who_exist(client, administrator):
    fail(client, administrator.email, 1)
    fail(client, "nadie@empresa.example", 1)
    assert actions() == ["accounts.user.sign_in_failed"]


def test_a_disabled_user_hears_what_a_mistyped_password_hears(client, administrator):
    administrator.is_active = False
    administrator.save(update_fields=["is_active"])
    assert WRONG in sign_in(client, administrator.email).content.decode()


def test_who_is_disabled_in_their_only_account_does_not_come_in(client, delegate):
    delegate.memberships.update(is_active=False)
    assert WRONG in sign_in(client, delegate.email).content.decode()


def test_who_has_not_activated_is_told_nothing(client, account):
    person = member(account, "delegate", "Nueva", "nueva@empresa.example")
    type(person).objects.filter(pk=person.pk).update(activated_at=None)
    assert WRONG in sign_in(client, person.email).content.decode()


def test_support_staff_needs_no_account(client, db):
    staff = UserFactory(email="agente@panel.example", password=PASSWORD, is_staff=True)
    assert sign_in(client, staff.email).status_code == 302


def test_too_many_tries_lock_and_say_how_long(client, administrator):
    page = fail(client, administrator.email, 6)
    assert LOCKED in page
    assert "5 minutos" in page
    administrator.refresh_from_db()
    assert administrator.status == UserStatus.LOCKED
    assert "accounts.user.locked" in actions()


def test_the_right_password_does_not_help_while_locked(client, administrator):
    fail(client, administrator.email, 5)
    assert LOCKED in sign_in(client, administrator.email).content.decode()


def test_the_lock_is_of_the_person_from_wherever_they_come(client, administrator):
    fail(client, administrator.email, 5, REMOTE_ADDR="203.0.113.1")
    assert LOCKED in sign_in(client, administrator.email, REMOTE_ADDR="203.0.113.2").content.decode()


def test_writing_the_address_otherwise_does_not_open_the_lock(client, administrator):
    fail(client, administrator.email, 5)
    assert LOCKED in sign_in(client, "ANA@empresa.example").content.decode()


def test_an_address_of_nobody_locks_just_the_same(client, db):
    assert "5 minutos" in fail(client, "nadie@empresa.example", 6)


def test_many_people_from_one_address_lock_that_address(client, administrator):
    for n in range(20):
        fail(client, f"p{n}@empresa.example", 1)
    assert LOCKED in sign_in(client, administrator.email).content.decode()
    assert sign_in(client, administrator.email, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_the_lock_ends_by_itself_and_the_sign_in_clears_it(client, administrator, time_machine):
    time_machine.move_to("2026-03-01 10:00Z", tick=False)
    fail(client, administrator.email, 5)
    time_machine.shift(timedelta(minutes=5, seconds=1))
    administrator.refresh_from_db()
    assert administrator.status == UserStatus.READY
    assert sign_in(client, administrator.email).status_code == 302
    administrator.refresh_from_db()
    assert administrator.locked_until is None


def test_one_success_forgets_the_failures_before_it(client, administrator):
    fail(client, administrator.email, 4)
    sign_in(client, administrator.email)
    client.post("/acceso/logout/")
    assert WRONG in fail(client, administrator.email, 4)


def test_nobody_registers_alone_and_the_page_says_who_creates_users(client, db):
    page = client.get("/acceso/registro/").content.decode()
    assert "Los usuarios los crea su administrador" in page
    assert "<input" not in page


@pytest.mark.parametrize(
    "address", ["/acceso/email/", "/acceso/signup/", "/acceso/password/reset/", "/acceso/3rdparty/"]
)
def test_pages_of_the_library_that_we_do_not_use_are_not_there(administrator_client, address):
    assert administrator_client.get(address).status_code == 404


def test_an_english_speaking_browser_gets_english_words_from_the_library(client, db):
    assert '<html lang="en"' in client.get(URL, headers={"accept-language": "en"}).content.decode()
