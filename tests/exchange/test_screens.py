"""Every page opens for who may see it, and for nobody else: 404 for strangers, 403 for service users."""

from __future__ import annotations

from uuid import uuid4

import pytest

from exchange.services.aliases import add_alias
from exchange.services.domains import add_domain
from tests.exchange.conftest import fresh, url

PAGES = ["panel", "mailboxes", "bin", "domains", "templates", "template_new", "new"]
OF_MAILBOX = ["mailbox", "mailbox_edit", "mailbox_password", "mailbox_link", "alias_add"]
POSTS = ["mailbox_disable", "mailbox_enable", "mailbox_retry"]
STEPS = ["draft_start", "draft_user", "draft_data", "draft_template", "draft_summary", "draft_done"]
STEP_POSTS = ["draft_finish", "draft_generate", "draft_discard"]


@pytest.fixture
def everything(actor, subscription, domain, template, make_mailbox, run_jobs):
    """(name, arguments) of every address, with rows of the subscription."""
    box = make_mailbox()
    alias = add_alias(actor=actor, mailbox=box, local_part="otra", mail_domain=domain)
    run_jobs()
    own = add_domain(actor=actor, subscription=subscription, name="propio.com.mx")
    gets = [(name, ()) for name in PAGES] + [("export", ("csv",)), ("export", ("xlsx",))]
    gets += [(name, (box.public_id,)) for name in OF_MAILBOX] + [("domain", (own.public_id,))]
    gets += [("template_edit", (template.public_id,))] + [(name, (uuid4(),)) for name in STEPS]
    posts = [(name, (box.public_id,)) for name in POSTS] + [(name, (uuid4(),)) for name in STEP_POSTS]
    posts += [(name, (box.public_id, alias.public_id)) for name in ("alias_primary", "alias_retry", "alias_remove")]
    posts += [("domain_check", (own.public_id,)), ("domain_remove", (own.public_id,))]
    posts += [("template_delete", (template.public_id,)), ("delete", ()), ("restore", ())]
    return gets, posts


def test_administrators_see_every_page(administrator_client, subscription, everything):
    for name, arguments in everything[0]:
        response = administrator_client.get(url(name, subscription, *arguments))
        assert response.status_code in {200, 302}, name


def test_a_delegate_sees_every_page_of_the_delegated_subscription(delegate_client, delegation, everything):
    for name, arguments in everything[0]:
        assert delegate_client.get(url(name, delegation.subscription, *arguments)).status_code in {200, 302}, name


def test_a_delegate_of_something_else_gets_404(delegate_client, subscription, everything):
    for name, arguments in everything[0]:
        assert delegate_client.get(url(name, subscription, *arguments)).status_code == 404, name
    for name, arguments in everything[1]:
        assert delegate_client.post(url(name, subscription, *arguments)).status_code == 404, name


def test_a_stranger_gets_404_everywhere(stranger_client, subscription, everything):
    for name, arguments in everything[0]:
        assert stranger_client.get(url(name, subscription, *arguments)).status_code == 404, name
    for name, arguments in everything[1]:
        assert stranger_client.post(url(name, subscription, *arguments)).status_code == 404, name


def test_a_service_user_gets_403_everywhere_but_on_mailbox_pages(service_user_client, subscription, everything):
    for name, arguments in everything[0]:
        expected = 404 if name == "mailbox" else 403
        assert service_user_client.get(url(name, subscription, *arguments)).status_code == expected, name
    for name, arguments in everything[1]:
        assert service_user_client.post(url(name, subscription, *arguments)).status_code == 403, name


def test_a_service_user_sees_their_own_mailbox_and_no_buttons(service_user_client, service_user, make_mailbox):
    box = make_mailbox(user=service_user)
    response = service_user_client.get(url("mailbox", box.subscription, box.public_id))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Deshabilitar" not in page
    assert "Historial" not in page


def test_nobody_signed_in_is_sent_to_the_sign_in(client, subscription):
    response = client.get(url("mailboxes", subscription))
    assert response.status_code == 302
    assert "/acceso/" in response["Location"]


def test_what_changes_something_refuses_get(administrator_client, subscription, everything):
    for name, arguments in everything[1]:
        if name not in {"delete", "restore"}:  # they ask first
            assert administrator_client.get(url(name, subscription, *arguments)).status_code == 405, name


def test_another_customers_ids_in_the_path_are_404(administrator_client, subscription, everything, other_account):
    from tests.factories import MailboxFactory, MailboxTemplateFactory, MailDomainFactory, SubscriptionFactory

    theirs = SubscriptionFactory(account=other_account)
    box = MailboxFactory(mail_domain__subscription=theirs)
    pairs = [
        ("mailbox", box),
        ("mailbox_edit", box),
        ("mailbox_disable", box),
        ("domain", MailDomainFactory(subscription=theirs)),
        ("domain_remove", MailDomainFactory(subscription=theirs, name="suyo.example")),
        ("template_edit", MailboxTemplateFactory(subscription=theirs)),
        ("template_delete", MailboxTemplateFactory(subscription=theirs)),
    ]
    for name, row in pairs:
        address = url(name, subscription, row.public_id)
        codes = {administrator_client.post(address).status_code, administrator_client.get(address).status_code}
        assert codes <= {404, 405}, name
        assert 404 in codes, name


def test_the_panel_shows_the_use_of_the_plan_and_what_a_mail_program_asks_for(
    administrator_client, subscription, make_mailbox, settings
):
    make_mailbox()
    page = administrator_client.get(url("panel", subscription)).content.decode()
    for words in ("Crea tus cuentas de correo", "Buzones de Correo", "1 de 10", "5 de 50", settings.MAIL_HOST):
        assert words in page


@pytest.mark.parametrize("state", ["pending", "suspended", "terminated"])
def test_a_subscription_that_is_not_active_says_why_nothing_can_be_done(
    administrator_client, subscription, template, domain, state
):
    type(subscription).objects.filter(pk=subscription.pk).update(state=state)
    page = administrator_client.get(url("panel", subscription)).content.decode()
    assert "La suscripción" in page
    assert 'aria-disabled="true"' in page
    assert administrator_client.get(url("draft_data", subscription, uuid4())).status_code == 302


def test_a_mailbox_that_needs_attention_says_why_and_offers_both_ways_out(
    administrator_client, actor, subscription, wish, mail, run_jobs
):
    from cloudpanel.provisioning.errors import PermanentError
    from exchange.services.mailboxes import create_mailbox

    mail.faults.append(PermanentError("El servicio de correo dijo que no."))
    box = create_mailbox(actor=actor, subscription=subscription, wish=wish)
    run_jobs()
    page = administrator_client.get(url("mailbox", subscription, box.public_id)).content.decode()
    for words in ("El servicio de correo dijo que no.", "Reintentar", "Eliminar"):
        assert words in page
    administrator_client.post(url("mailbox_retry", subscription, box.public_id))
    run_jobs()
    assert fresh(box).state == "active"
