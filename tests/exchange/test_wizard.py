"""*Agregar buzón*: the conditional steps, and everything that can go wrong between them without losing a word."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from cloudpanel.provisioning.models import Job
from exchange.models import Mailbox, MailboxDraft
from exchange.services.drafts import forget_expired_drafts
from tests.conftest import member, signed_in
from tests.exchange.conftest import PASSWORD, url, used
from tests.factories import MailboxFactory, MailboxTemplateFactory, MailDomainFactory

pytestmark = pytest.mark.usefixtures("domain", "template")


@pytest.fixture
def draft() -> UUID:
    return uuid4()


@pytest.fixture
def typed(domain) -> dict[str, str]:
    return {
        "display_name": "Ana López",
        "local_part": "ana",
        "domain": str(domain.public_id),
        "password_by": "typed",
        "password": PASSWORD,
        "link_email": "",
    }


@pytest.fixture
def step(administrator_client, subscription, draft):
    """``step("draft_data")`` gets that step, ``step("draft_data", {...})`` sends it; of the one draft of the test."""

    def go(name: str, data: dict | None = None, client=administrator_client):
        address = url(name, subscription, draft)
        return client.get(address) if data is None else client.post(address, data)

    return go


def leads_to(response, name: str) -> bool:
    return response.status_code == 302 and response["Location"].split("?")[0].rstrip("/").endswith(name)


def text(response) -> str:
    return response.content.decode()


# Which steps there are ------------------------------------------------------------------------------------------


def test_the_button_opens_a_draft_of_its_own_and_stores_nothing(administrator_client, subscription):
    first = administrator_client.get(url("new", subscription))["Location"]
    assert first != administrator_client.get(url("new", subscription))["Location"]
    assert not MailboxDraft.objects.exists()


def test_without_service_users_it_goes_straight_to_the_form(step):
    assert leads_to(step("draft_start"), "datos")


def test_when_all_service_users_have_a_mailbox_it_goes_straight_to_the_form(step, service_user, domain):
    MailboxFactory(mail_domain=domain, user=service_user)
    assert leads_to(step("draft_start"), "datos")


def test_with_a_service_user_without_mailbox_there_is_a_choice(step, service_user):
    page = text(step("draft_start"))
    assert "Nuevo usuario de servicio" in page
    assert "Usuario de servicio existente" in page
    assert leads_to(step("draft_start", {"mode": "new"}), "datos")


def test_the_list_shows_only_users_of_this_account_without_mailbox(step, account, other_account, service_user, domain):
    member(account, Role.SERVICE_USER, "Con Buzón", "con@empresa.example")
    MailboxFactory(mail_domain=domain, user=User.objects.get(email="con@empresa.example"))
    member(other_account, Role.SERVICE_USER, "Ajena", "ajena@otra.example")
    assert leads_to(step("draft_start", {"mode": "existing"}), "usuario")
    page = text(step("draft_user"))
    assert "Sofía Peña" in page
    assert "Con Buzón" not in page
    assert "Ajena" not in page
    assert page.count('name="member"') == 1


def test_the_list_is_searched_and_paged(administrator_client, account, subscription, draft):
    for number in range(25):
        member(account, Role.SERVICE_USER, f"Persona {number:02}", f"p{number}@empresa.example")
    address = url("draft_user", subscription, draft)
    page = text(administrator_client.get(address))
    assert page.count('name="member"') == 20
    assert "cursor=" in page
    assert text(administrator_client.get(address, {"q": "persona 07"})).count('name="member"') == 1


def test_the_template_step_exists_with_two_templates_only(step, subscription, typed):
    assert leads_to(step("draft_data", typed), "resumen")
    MailboxTemplateFactory(subscription=subscription, name="Grande", quota_mb=10240)
    assert leads_to(step("draft_data", typed), "plantilla")
    assert "Seleccione la plantilla del buzón" in text(step("draft_template"))


# The whole way --------------------------------------------------------------------------------------------------


def test_a_new_service_user_gets_a_mailbox(step, subscription, typed, run_jobs, administrator_client):
    step("draft_data", typed)
    summary = text(step("draft_summary"))
    assert "ana@buzones.example" in summary
    assert "Finalizar" in summary
    assert PASSWORD not in summary
    assert leads_to(step("draft_finish", {}), "en-proceso")
    assert "está en proceso" in text(step("draft_done"))
    run_jobs()
    assert "está listo" in text(step("draft_done"))
    assert Mailbox.objects.get().user.email == "ana@buzones.example"


def test_an_existing_service_user_gets_a_mailbox(step, service_user, typed, account):
    step("draft_start", {"mode": "existing"})
    chosen = service_user.memberships.get()
    assert leads_to(step("draft_user", {"member": str(chosen.public_id)}), "datos")
    assert 'value="Sofía Peña"' in text(step("draft_data"))
    step("draft_data", typed)
    assert "sofia@empresa.example" in text(step("draft_summary"))
    step("draft_finish", {})
    assert Mailbox.objects.get().user == service_user
    assert User.objects.filter(memberships__account=account).count() == 2


def test_the_chosen_template_decides_the_limit(step, subscription, typed):
    big = MailboxTemplateFactory(subscription=subscription, name="Grande", quota_mb=10240)
    step("draft_data", typed)
    assert leads_to(step("draft_template", {"template": str(big.public_id)}), "resumen")
    assert "10 GB" in text(step("draft_summary"))
    step("draft_finish", {})
    assert Mailbox.objects.get().quota_mb == 10240


def test_the_summary_leads_back_and_everything_typed_is_there(step, typed):
    step("draft_data", typed)
    page = text(step("draft_data"))
    assert 'value="Ana López"' in page
    assert 'value="ana"' in page
    assert PASSWORD not in page
    assert "Guardada; escriba otra" in page
    assert leads_to(step("draft_data", {**typed, "display_name": "Ana L.", "password": ""}), "resumen")
    step("draft_finish", {})
    assert Mailbox.objects.get().display_name == "Ana L."


@pytest.mark.django_db(transaction=True)
def test_finishing_costs_at_most_eight_statements_besides_session_and_user(step, typed):
    """With real commits. Everything counts, savepoints and the membership included; only BEGIN, COMMIT, and the
    look-ups of session and user do not."""
    step("draft_data", typed)
    with CaptureQueriesContext(connection) as captured:
        assert leads_to(step("draft_finish", {}), "en-proceso")
    frame = ('FROM "django_session"', 'FROM "accounts_user"', "usersessions", "BEGIN", "COMMIT")
    ours = [query["sql"][:110] for query in captured if not any(mark in query["sql"] for mark in frame)]
    assert len(ours) <= 8, "\n".join(ours)


# Bad luck -------------------------------------------------------------------------------------------------------


def test_finishing_twice_makes_one_mailbox_and_shows_the_same_confirmation(step, typed, subscription):
    step("draft_data", typed)
    first, second = step("draft_finish", {}), step("draft_finish", {})
    assert first["Location"] == second["Location"]
    assert Mailbox.objects.count() == Job.objects.count() == 1
    assert used(subscription)["mailboxes"] == 1


def test_going_back_after_finishing_leads_to_the_confirmation(step, typed):
    step("draft_data", typed)
    step("draft_finish", {})
    for name in ("draft_start", "draft_user", "draft_data", "draft_template", "draft_summary"):
        assert leads_to(step(name), "en-proceso"), name
    assert leads_to(step("draft_data", typed), "en-proceso")


def test_two_tabs_of_two_drafts_do_not_meet(administrator_client, subscription, typed):
    one, two = uuid4(), uuid4()
    administrator_client.post(url("draft_data", subscription, one), typed)
    administrator_client.post(url("draft_data", subscription, two), {**typed, "local_part": "beto"})
    assert "ana@" in text(administrator_client.get(url("draft_summary", subscription, one)))
    assert "beto@" in text(administrator_client.get(url("draft_summary", subscription, two)))


def test_the_password_is_sealed_in_the_draft_and_forgotten_at_the_end(step, typed):
    step("draft_data", typed)
    row = MailboxDraft.objects.get()
    assert PASSWORD.encode() not in bytes(row.sealed_password)
    assert row.password == PASSWORD
    step("draft_finish", {})
    row.refresh_from_db()
    assert row.sealed_password is None


def test_a_good_password_survives_a_mistake_in_another_field(step, typed):
    page = text(step("draft_data", {**typed, "display_name": ""}))
    assert "Guardada; escriba otra" in page
    assert leads_to(step("draft_data", {**typed, "password": ""}), "resumen")


def test_another_persons_draft_is_404(step, typed, account, subscription):
    step("draft_data", typed)
    colleague = signed_in(member(account, Role.ACCOUNT_ADMIN, "Otra Admin", "otra@empresa.example"))
    assert step("draft_summary", client=colleague).status_code == 404
    assert step("draft_finish", {}, client=colleague).status_code == 404


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in_again(
    administrator, administrator_client, subscription, draft, typed
):
    address = url("draft_data", subscription, draft)
    administrator_client.get(address)
    mark = administrator_client.cookies["form_owner"]
    administrator_client.logout()
    administrator_client.cookies["form_owner"] = mark.value
    response = administrator_client.post(address, typed)
    assert "/acceso/" in response["Location"]
    administrator_client.force_login(administrator)
    assert 'value="Ana López"' in text(administrator_client.get(address))


def test_the_limit_offers_to_buy_more_and_comes_back_with_everything_typed(step, typed, subscription):
    step("draft_data", typed)
    subscription.resources.filter(resource="mailboxes").update(used=10)
    assert leads_to(step("draft_finish", {}), "resumen")
    page = text(step("draft_summary"))
    assert "Agregar recursos" in page
    assert f"/cuenta/suscripciones/{subscription.public_id}/recursos/?volver=%2Fexchange%2F" in page
    assert not Mailbox.objects.exists()
    subscription.resources.filter(resource="mailboxes").update(included=15)
    assert "ana@buzones.example" in text(step("draft_summary"))
    assert leads_to(step("draft_finish", {}), "en-proceso")


def test_an_address_taken_a_moment_ago_is_said_at_the_end_and_loses_nothing(step, typed, domain):
    step("draft_data", typed)
    MailboxFactory(mail_domain=domain, address="ana@buzones.example")
    step("draft_finish", {})
    assert "ya está en uso" in text(step("draft_summary"))
    assert "ya está en uso" not in text(step("draft_summary"))  # told once: a reload is no second try
    assert leads_to(step("draft_data", {**typed, "local_part": "ana2", "password": ""}), "resumen")
    assert leads_to(step("draft_finish", {}), "en-proceso")


def test_a_user_who_got_a_mailbox_meanwhile_is_said(step, typed, service_user, domain):
    step("draft_start", {"mode": "existing"})
    step("draft_user", {"member": str(service_user.memberships.get().public_id)})
    step("draft_data", typed)
    MailboxFactory(mail_domain=domain, user=service_user)
    step("draft_finish", {})
    assert "ya tiene un buzón" in text(step("draft_summary"))
    assert Mailbox.objects.count() == 1


def test_finishing_an_empty_draft_leads_back_to_its_beginning(step):
    assert step("draft_finish", {}).status_code == 404
    step("draft_start", {"mode": "new"})


def test_a_creation_that_takes_long_says_so_instead_of_promising_seconds(step, typed):
    step("draft_data", typed)
    step("draft_finish", {})
    assert "Suele tardar unos segundos" in text(step("draft_done"))
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert "Está tardando más de lo normal" in text(step("draft_done"))


def test_the_confirmation_of_a_mailbox_deleted_since_does_not_call_it_ready(step, typed, run_jobs):
    step("draft_data", typed)
    step("draft_finish", {})
    run_jobs()
    assert "El buzón está listo" in text(step("draft_done"))
    Mailbox.objects.update(state=Mailbox.State.SUSPENDED)
    assert "El buzón está listo" not in text(step("draft_done"))


def test_discarding_forgets_what_was_typed(step, typed):
    step("draft_data", typed)
    assert leads_to(step("draft_discard", {}), "buzones")
    assert not MailboxDraft.objects.exists()


def test_drafts_live_seven_days(step, typed):
    step("draft_data", typed)
    assert forget_expired_drafts() == 0
    MailboxDraft.objects.update(expires_at=timezone.now())
    assert forget_expired_drafts() == 1


# Passwords ------------------------------------------------------------------------------------------------------


def test_generating_without_javascript_shows_it_once_and_keeps_what_was_typed(step, typed):
    page = text(step("draft_generate", {**typed, "password": ""}))
    password = MailboxDraft.objects.get().password
    assert password in page
    assert 'value="Ana López"' in page
    assert password not in text(step("draft_data"))
    assert leads_to(step("draft_data", {**typed, "password": ""}), "resumen")


def test_the_strength_is_told_and_nothing_stored(administrator_client):
    from django.urls import reverse

    address = reverse("exchange:password_strength")
    assert "Muy débil" in text(administrator_client.post(address, {"password": "contraseña"}))
    assert "Muy buena" in text(administrator_client.post(address, {"password": PASSWORD}))
    assert not MailboxDraft.objects.exists()


def test_the_user_may_choose_the_password_by_a_link(step, typed, run_jobs, mailoutbox):
    step("draft_data", {**typed, "password_by": "link", "password": "", "link_email": "ana.personal@correo.example"})
    step("draft_finish", {})
    assert not mailoutbox
    run_jobs()
    assert mailoutbox[0].to == ["ana.personal@correo.example"]
    assert "/exchange/contrasena/" in mailoutbox[0].body


# Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("display_name", "", "obligatorio"),
        ("display_name", "a" * 121, "120"),
        ("display_name", "Ana\u202enoitcele", "no se ven"),
        ("local_part", "", "obligatorio"),
        ("local_part", "ana@otro.example", "antes de la arroba"),
        ("local_part", "ñandú", "sin acentos"),
        ("local_part", "a" * 65, "64"),
        ("local_part", "ana..b", "sin espacios"),
        ("local_part", ".ana", "sin espacios"),
        ("local_part", "ana b", "sin espacios"),
        ("local_part", "ana+x", "signo +"),
        ("local_part", "postmaster", "reservado"),
        ("local_part", "ABUSE", "reservado"),
        ("domain", "no-es-un-uuid", "aria-invalid"),
        ("domain", "0d60b0c8-f270-4def-b4d6-6135e8ab1a93", "dominio activo"),
        ("password_by", "magia", "opción"),
        ("password", "", "10 caracteres"),
        ("password", "corta", "10 caracteres"),
        ("password", "contraseña123", "adivinar"),
        ("password", "Ana López ana", "adivinar"),
        ("password", "x" * 129, "128"),
    ],
)
def test_bad_input_is_a_sentence_beside_its_field_and_the_rest_stays(step, typed, field, value, says):
    response = step("draft_data", {**typed, field: value})
    page = text(response)
    assert response.status_code == 200
    assert says in page
    assert f'id="id_{field}_error"' in page or "aria-invalid" in page
    if field != "display_name":
        assert 'value="Ana López"' in page


@pytest.mark.parametrize(
    "name", ["María José Ñúñez", "李小龍", "Иван Петров", "محمد", "O'Brien & Söhne <ok>", "👩‍💻 Soporte"]
)
def test_names_of_every_script_are_kept(step, typed, name):
    step("draft_data", {**typed, "display_name": name})
    step("draft_finish", {})
    assert Mailbox.objects.get().display_name == name


@pytest.mark.parametrize("email", ["", "no-es-correo", "ana@buzones.example", "a" * 300 + "@x.example"])
def test_a_link_needs_another_address_that_works(step, typed, email):
    page = text(step("draft_data", {**typed, "password_by": "link", "link_email": email}))
    assert "aria-invalid" in page
    assert not MailboxDraft.objects.filter(password_by="link").exists()


def test_an_address_outside_the_domains_of_the_subscription_is_refused(step, typed, other_account):
    foreign = MailDomainFactory(name="ajeno.example")
    pending = MailDomainFactory(subscription=foreign.subscription, name="otro.example", state="pending")
    for domain in (foreign, pending):
        assert "Elija un dominio activo" in text(step("draft_data", {**typed, "domain": str(domain.public_id)}))


def test_another_customers_template_or_user_is_refused(step, typed, subscription, service_user, other_account):
    MailboxTemplateFactory(subscription=subscription)
    step("draft_data", typed)
    foreign = MailboxTemplateFactory()
    assert "Elija una plantilla" in text(step("draft_template", {"template": str(foreign.public_id)}))
    other = member(other_account, Role.SERVICE_USER, "Ajena", "ajena@otra.example").memberships.get()
    assert "Elija a un usuario" in text(step("draft_user", {"member": str(other.public_id)}))
    assert "Elija a un usuario" in text(step("draft_user", {"member": "x"}))


def test_nul_bytes_and_nonsense_are_never_a_500(step, typed):
    for name in typed:
        for value in ("\x00", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "x" * 5000):
            assert step("draft_data", {**typed, name: value}).status_code in {200, 302}
