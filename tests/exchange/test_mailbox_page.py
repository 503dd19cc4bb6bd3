"""What can be changed on a mailbox, each through a job, each told in its history."""

from __future__ import annotations

import pytest

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError
from exchange.models import Mailbox, MailboxAlias
from exchange.services.aliases import add_alias, make_primary
from exchange.services.deletion import Selection, delete_mailboxes
from exchange.services.mailboxes import update_mailbox
from exchange.states import ATTENTION, DISABLED, IN_PROCESS, shown_of
from tests.exchange.conftest import fresh, url, used
from tests.factories import MailboxFactory, MailDomainFactory

NEW_PASSWORD = "otro-tejado-amarillo-77"


@pytest.fixture
def box(make_mailbox) -> Mailbox:
    return make_mailbox()


@pytest.fixture
def act(administrator_client, subscription, box, run_jobs):
    """Posts to one of the mailbox's addresses and lets the worker do its part."""

    def go(name: str, data: dict | None = None, *arguments, settle: bool = True):
        response = administrator_client.post(url(name, subscription, box.public_id, *arguments), data or {})
        if settle:
            run_jobs()
        return response

    return go


def page(client, box) -> str:
    return client.get(url("mailbox", box.subscription, box.public_id)).content.decode()


def test_the_password_is_replaced_and_not_kept(act, box, mail):
    before = mail.mailboxes[box.public_id].password_hash
    assert act("mailbox_password", {"password": NEW_PASSWORD}).status_code == 302
    assert mail.mailboxes[box.public_id].password_hash not in {before, NEW_PASSWORD}


@pytest.mark.parametrize("password", ["", "corta", "contraseña123", "x" * 129, "a\x00bcdefghijkl"])
def test_a_weak_password_is_refused_beside_its_field(act, box, mail, password):
    before = mail.mailboxes[box.public_id].password_hash
    response = act("mailbox_password", {"password": password})
    assert "aria-invalid" in response.content.decode()
    assert mail.mailboxes[box.public_id].password_hash == before


def test_name_and_limit_reach_the_mail_system_and_the_storage_of_the_plan(act, box, mail, template, subscription):
    act("mailbox_edit", {"display_name": "Ana Ñ.", "quota_mb": "10240", "template": str(template.public_id)})
    spec = mail.mailboxes[box.public_id]
    assert (spec.display_name, spec.quota_mb) == ("Ana Ñ.", 10240)
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 10}
    act("mailbox_edit", {"display_name": "Ana Ñ.", "quota_mb": "1024", "template": ""})
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 1}


@pytest.mark.parametrize("quota", ["0", "-5", "abc", "99999999", "", "60000"])
def test_a_senseless_limit_is_refused(act, box, quota):
    response = act("mailbox_edit", {"display_name": "Ana", "quota_mb": quota})
    assert response.status_code == 200
    assert "invalid" in response.content.decode()
    assert fresh(box).quota_mb == 5120


def test_a_limit_below_what_the_mailbox_holds_is_refused(actor, box):
    box.used_bytes = 2 * 1024**3
    with pytest.raises(BusinessError, match="ya ocupa más"):
        update_mailbox(actor=actor, mailbox=box, display_name="Ana", quota_mb=1024, template=None)


def test_disabled_means_no_sign_in_and_enabled_again_as_before(act, box, mail):
    act("mailbox_disable")
    assert shown_of(fresh(box)) is DISABLED
    assert not mail.mailboxes[box.public_id].is_enabled
    act("mailbox_enable")
    assert mail.mailboxes[box.public_id].is_enabled
    assert fresh(box).state == Mailbox.State.ACTIVE


def test_a_change_of_a_disabled_mailbox_does_not_enable_it(act, box, mail):
    act("mailbox_disable")
    act("mailbox_edit", {"display_name": "Ana", "quota_mb": "1024"})
    assert not mail.mailboxes[box.public_id].is_enabled


def test_while_something_is_under_way_nothing_else_begins(act, box, administrator_client):
    act("mailbox_disable", settle=False)
    assert shown_of(fresh(box)) is IN_PROCESS
    assert "Ya hay una operación en curso." in page(administrator_client, box)
    act("mailbox_enable", settle=False)
    assert fresh(box).last_job.operation == "exchange.disable_mailbox"


def test_the_history_says_who_did_what(act, box, administrator_client, administrator):
    act("mailbox_disable")
    text = page(administrator_client, box)
    assert f"{administrator.name} pidió deshabilitar el buzón ana@buzones.example" in text


def test_a_link_goes_to_another_address_only(act, mailoutbox):
    assert "invalid" in act("mailbox_link", {"link_email": "ana@buzones.example"}).content.decode()
    assert act("mailbox_link", {"link_email": "ana@casa.example"}).status_code == 302
    assert mailoutbox[0].to == ["ana@casa.example"]


# Addresses ------------------------------------------------------------------------------------------------------


@pytest.fixture
def alias(actor, box, domain, run_jobs) -> MailboxAlias:
    made = add_alias(actor=actor, mailbox=box, local_part="ventas", mail_domain=domain)
    run_jobs()
    return MailboxAlias.objects.select_related("last_job", "mailbox", "account").get(pk=made.pk)


def test_an_alias_leads_to_the_mailbox(act, box, domain, mail):
    act("alias_add", {"local_part": "ventas", "domain": str(domain.public_id)})
    assert [(spec.address, spec.mailbox_id) for spec in mail.aliases.values()] == [
        ("ventas@buzones.example", box.public_id)
    ]


@pytest.mark.parametrize("local_part", ["", "ana", "abuse", "a b", "ñ", "a" * 65])
def test_a_bad_or_taken_alias_is_refused(act, domain, local_part):
    response = act("alias_add", {"local_part": local_part, "domain": str(domain.public_id)})
    assert "invalid" in response.content.decode()
    assert not MailboxAlias.objects.exists()


def test_an_alias_on_another_customers_domain_is_refused(act):
    foreign = MailDomainFactory()
    assert "invalid" in act("alias_add", {"local_part": "x", "domain": str(foreign.public_id)}).content.decode()


def test_removing_frees_the_address(act, alias, mail):
    act("alias_remove", None, alias.public_id)
    assert not MailboxAlias.objects.exists()
    assert not mail.aliases


def test_an_alias_that_the_mail_system_refuses_says_why_and_can_be_retried(
    act, administrator_client, box, domain, mail
):
    mail.faults.append(PermanentError("La dirección la tiene otro."))
    act("alias_add", {"local_part": "ventas", "domain": str(domain.public_id)})
    assert "La dirección la tiene otro." in page(administrator_client, box)
    act("alias_retry", None, MailboxAlias.objects.get().public_id)
    assert mail.aliases


def test_alias_and_primary_address_change_places(act, box, alias, mail):
    act("alias_primary", None, alias.public_id)
    assert fresh(box).address == "ventas@buzones.example"
    assert mail.mailboxes[box.public_id].address == "ventas@buzones.example"
    assert [spec.address for spec in mail.aliases.values()] == ["ana@buzones.example"]


def test_a_change_of_address_that_failed_is_finished_before_anything_else(actor, act, box, alias, mail):
    mail.faults.append(PermanentError("Ahora no."))
    act("alias_primary", None, alias.public_id)
    assert shown_of(fresh(box)) is ATTENTION
    with pytest.raises(BusinessError, match="Reinténtelo primero"):
        update_mailbox(actor=actor, mailbox=fresh(box), display_name="Otra", quota_mb=1024, template=None)
    act("mailbox_retry")
    assert mail.mailboxes[box.public_id].address == "ventas@buzones.example"


def test_the_alias_of_another_mailbox_is_404(act, domain, subscription):
    other = MailboxFactory(mail_domain=domain)
    foreign = MailboxAlias.objects.create(
        account=other.account, subscription=subscription, mailbox=other, mail_domain=domain, address="x@buzones.example"
    )
    for name in ("alias_remove", "alias_primary", "alias_retry"):
        assert act(name, None, foreign.public_id).status_code == 404


def test_what_lies_in_the_bin_is_not_changed(actor, act, box, subscription, run_jobs):
    delete_mailboxes(actor=actor, subscription=subscription, selection=Selection((box.public_id,)))
    run_jobs()
    act("mailbox_disable")
    assert fresh(box).state == Mailbox.State.ACTIVE
    with pytest.raises(BusinessError, match="papelera"):
        make_primary(actor=actor, mailbox=fresh(box), alias=MailboxAlias())


def test_a_stranger_gets_404(stranger_client, box):
    assert stranger_client.get(url("mailbox", box.subscription, box.public_id)).status_code == 404


def test_a_service_user_gets_403(service_user_client, box):
    assert service_user_client.post(url("mailbox_disable", box.subscription, box.public_id)).status_code == 403
