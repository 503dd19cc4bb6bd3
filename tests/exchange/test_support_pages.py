"""What support sees of mailboxes: everything but secrets, and one button for what failed."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from cloudpanel.provisioning.errors import PermanentError
from exchange.models import Comparison, ImportFile, ImportRow, MailboxDraft, MailboxImport, PasswordLink
from exchange.services.mailboxes import create_mailbox
from exchange.states import shown_of
from tests.exchange.conftest import fresh


@pytest.mark.parametrize("name", ["mailbox", "maildomain", "mailboxtemplate"])
def test_support_reads_every_list_and_every_row(staff_client, make_mailbox, name):
    box = make_mailbox()
    row = {"mailbox": box, "maildomain": box.mail_domain, "mailboxtemplate": box.template}[name]
    assert staff_client.get(reverse(f"admin:exchange_{name}_changelist"), {"q": "ana"}).status_code == 200
    assert staff_client.get(reverse(f"admin:exchange_{name}_change", args=[row.pk])).status_code == 200
    assert staff_client.get(reverse(f"admin:exchange_{name}_add")).status_code == 403


def test_support_reads_what_differs_and_compares_again(staff_client, stray, compare, run_jobs):
    stray()
    (finding,) = compare()
    comparison = Comparison.objects.get()
    for name, row in (("finding", finding), ("comparison", comparison)):
        assert staff_client.get(reverse(f"admin:exchange_{name}_changelist")).status_code == 200
        assert staff_client.get(reverse(f"admin:exchange_{name}_change", args=[row.pk])).status_code == 200
    data = {"action": "compare", "_selected_action": [str(comparison.pk)]}
    staff_client.post(reverse("admin:exchange_comparison_changelist"), data)
    run_jobs()
    assert Comparison.objects.get().finished_at > comparison.finished_at


def test_support_retries_what_failed(staff_client, actor, subscription, wish, mail, run_jobs):
    mail.faults.append(PermanentError("No."))
    box = create_mailbox(actor=actor, subscription=subscription, wish=wish)
    run_jobs()
    data = {"action": "retry", "_selected_action": [str(box.pk)]}
    staff_client.post(reverse("admin:exchange_mailbox_changelist"), data)
    run_jobs()
    assert shown_of(fresh(box)).code == "no_password"


def test_support_sees_how_far_an_import_has_come(staff_client, subscription):
    batch = MailboxImport.objects.create(
        account=subscription.account, subscription=subscription, filename="personas.csv", file_format="csv"
    )
    address = reverse("admin:exchange_mailboximport_changelist")
    assert b"personas.csv" in staff_client.get(address, {"q": "perso"}).content
    assert staff_client.get(reverse("admin:exchange_mailboximport_change", args=[batch.pk])).status_code == 200


def test_drafts_and_password_links_are_nobodys_business():
    assert not admin.site.is_registered(MailboxDraft)
    assert not admin.site.is_registered(PasswordLink)
    assert not admin.site.is_registered(ImportFile)
    assert not admin.site.is_registered(ImportRow)


def test_a_customer_gets_nowhere(administrator_client):
    assert administrator_client.get(reverse("admin:exchange_mailbox_changelist")).status_code in {302, 403, 404}
