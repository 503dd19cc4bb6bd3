from __future__ import annotations

import pytest

from accounts.mail_models import NotificationKind, OutgoingEmail
from accounts.models import ActionLogEntry, Notification
from accounts.notifications import notify

pytestmark = pytest.mark.django_db
URL = "/notificaciones/preferencias/"
ALL = {f"{kind}_{way}": "on" for kind in NotificationKind for way in ("on_screen", "by_email")}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in ALL.items() if name not in names}


def tell(account, *people, kind="services") -> None:
    notify(account=account, users=people, title="Hola", kind=kind)


def test_everybody_is_told_both_ways_until_they_choose(account, administrator):
    tell(account, administrator)
    assert (Notification.objects.count(), OutgoingEmail.objects.count()) == (1, 1)


def test_who_wants_no_email_gets_none(administrator_client, account, administrator, delegate):
    administrator_client.post(URL, without("services_by_email"))
    tell(account, administrator, delegate)
    assert OutgoingEmail.objects.get().user == delegate
    assert Notification.objects.count() == 2


def test_who_wants_it_by_email_only_sees_nothing_on_screen(administrator_client, account, administrator):
    administrator_client.post(URL, without("billing_on_screen"))
    tell(account, administrator, kind="billing")
    tell(account, administrator, kind="users")
    assert Notification.objects.get().kind == "users"
    assert OutgoingEmail.objects.count() == 2


def test_what_protects_ones_access_cannot_be_turned_off(administrator_client, account, administrator):
    administrator_client.post(URL, without("security_on_screen", "security_by_email"))
    tell(account, administrator, kind="security")
    assert (Notification.objects.count(), OutgoingEmail.objects.count()) == (1, 1)


def test_a_choice_can_be_taken_back(administrator_client, account, administrator):
    administrator_client.post(URL, without("services_by_email"))
    administrator_client.post(URL, ALL)
    tell(account, administrator)
    assert OutgoingEmail.objects.count() == 1


def test_the_page_shows_what_was_chosen(administrator_client):
    administrator_client.post(URL, without("services_by_email"))
    form = administrator_client.get(URL).context["form"]
    assert form["services_by_email"].value() is False
    assert form["services_on_screen"].value() is True


def test_the_choice_is_logged(administrator_client):
    administrator_client.post(URL, without("services_by_email"))
    administrator_client.post(URL, without("services_by_email"))
    entry = ActionLogEntry.objects.get(action="accounts.user.preferences_changed")
    assert entry.after == {"services": {"on_screen": True, "by_email": False}}


def test_each_person_reads_their_own_language(account, administrator, delegate):
    delegate.language = "en"
    delegate.save()
    texts = {"es-mx": "Su buzón está listo", "en": "Your mailbox is ready"}

    def title() -> str:
        from django.utils.translation import get_language

        return texts[get_language() or ""]

    notify(account=account, users=[administrator, delegate], title=title)
    titles = dict(Notification.objects.values_list("user__name", "title"))
    assert titles == {"Ana Núñez": "Su buzón está listo", "Diego Ortiz": "Your mailbox is ready"}
    assert {email.params["title"] for email in OutgoingEmail.objects.all()} == set(texts.values())


def test_a_batch_for_many_people_takes_four_statements(account, django_assert_num_queries):
    from tests.factories import UserFactory

    people = UserFactory.create_batch(10)
    with django_assert_num_queries(4):
        tell(account, *people)


def test_ones_choice_is_ones_own(administrator_client, account, stranger, other_account):
    administrator_client.post(URL, {})
    tell(other_account, stranger)
    assert (Notification.objects.count(), OutgoingEmail.objects.count()) == (1, 1)


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(URL).status_code == 302
    assert client.post(URL, {}).status_code == 302
