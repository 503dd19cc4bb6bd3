"""*Finalizar*: valid rows become mailboxes, whatever happens meanwhile; each row says what became of it."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from accounts.models import ActionLogEntry, Membership, Notification, User
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError, TransientError
from cloudpanel.provisioning.models import Job, JobSecret
from exchange.models import ImportFile, ImportRow, Mailbox, MailboxImport, PasswordLink
from exchange.services.imports import undoing
from exchange.services.imports.finishing import Options, finalize_import, retry_import
from exchange.services.imports.undoing import begin_undo
from marketplace.models import SubscriptionResource
from tests.exchange.conftest import used
from tests.exchange.imports.conftest import State, again, rows_of, states
from tests.factories import MailboxFactory, MembershipFactory, UserFactory

PASSWORD = "grapa-violeta-tejado-42"
THREE = "Nombre para mostrar,Correo\nAna López,ana@buzones.example\nEva,eva@buzones.example\nLuz,luz@buzones.example\n"


@pytest.fixture
def finalize(actor, run_jobs):
    def go(batch: MailboxImport, *, settle: bool = True, **options) -> MailboxImport:
        finalize_import(actor=actor, batch=batch, options=Options(**options))
        if settle:
            run_jobs()
        return again(batch)

    return go


def test_valid_rows_become_working_mailboxes_with_their_users(upload, finalize, mail, subscription):
    batch = finalize(upload(THREE))
    assert (batch.stage, states(batch)) == ("finished", [State.CREATED] * 3)
    assert sorted(spec.address for spec in mail.mailboxes.values()) == [
        "ana@buzones.example",
        "eva@buzones.example",
        "luz@buzones.example",
    ]
    ana = Mailbox.objects.get(address="ana@buzones.example")
    assert (ana.state, ana.display_name, ana.quota_mb, ana.user.email) == ("active", "Ana López", 5120, ana.address)
    member = Membership.objects.get(user=ana.user)
    assert (member.role, member.is_pending, member.name) == ("service_user", True, "Ana López")
    assert used(subscription) == {"mailboxes": 3, "storage_gb": 15}


def test_one_line_and_one_notification_for_the_batch(upload, finalize, administrator):
    finalize(upload(THREE))
    lines = list(
        ActionLogEntry.objects.filter(action__startswith="exchange.import")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert lines == [f"exchange.import.{word}" for word in ("uploaded", "verified", "finalized", "finished")]
    [told] = Notification.objects.filter(user=administrator)
    assert "3 buzones" in told.body
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.created").count() == 3


def test_wrong_rows_stay_behind_with_their_reason(upload, finalize):
    batch = finalize(upload(THREE + "Mal,ñ@buzones.example\n"))
    assert states(batch) == [State.CREATED] * 3 + [State.WRONG]
    assert (batch.count(State.CREATED), batch.count(State.WRONG)) == (3, 1)


def test_passwords_of_the_file_work_and_are_forgotten(upload, finalize, mail):
    batch = upload(f"Correo,Contraseña\nana@buzones.example,{PASSWORD}\neva@buzones.example,\n")
    finalize(batch)
    hashes = {spec.address: spec.password_hash for spec in mail.mailboxes.values()}
    assert hashes["ana@buzones.example"].startswith("{ARGON2ID}")
    assert hashes["eva@buzones.example"] is None
    assert list(Mailbox.objects.order_by("address").values_list("has_password", flat=True)) == [True, False]
    assert not ImportRow.objects.filter(sealed_password__isnull=False).exists()
    assert not JobSecret.objects.exists()
    assert not ImportFile.objects.exists()


def test_passwords_of_wrong_rows_are_forgotten_too(upload, finalize):
    batch = finalize(upload(f"Correo,Contraseña\nana@buzones.example,\nñ@buzones.example,{PASSWORD}\n"), settle=False)
    assert not ImportRow.objects.filter(batch=batch, state=State.WRONG, sealed_password__isnull=False).exists()


def test_everybody_gets_a_link_instead(upload, finalize, mail, mailoutbox):
    text = f"Correo,Contraseña,Correo alterno\nana@buzones.example,{PASSWORD},ana@casa.example\neva@buzones.example,corta,\n"
    batch = finalize(upload(text), password_by="link")
    assert states(batch) == [State.CREATED, State.CREATED]
    assert all(spec.password_hash is None for spec in mail.mailboxes.values())
    [link] = PasswordLink.objects.all()
    assert (link.email, link.sent_at is not None) == ("ana@casa.example", True)
    assert [message.to for message in mailoutbox] == [["ana@casa.example"]]


def test_a_second_click_creates_nothing_twice(upload, finalize, actor, run_jobs):
    batch = upload(THREE)
    finalize(batch, settle=False)
    finalize(batch, settle=False)
    run_jobs()
    finalize(batch)
    assert Mailbox.objects.count() == 3
    assert Job.objects.filter(operation="exchange.import_mailboxes").count() == 1


def test_the_same_file_twice_creates_nothing_twice(upload, finalize):
    finalize(upload(THREE))
    second = upload(THREE)
    assert states(second) == [State.EXISTS] * 3
    with pytest.raises(BusinessError, match="ninguna fila lista"):
        finalize(second)
    assert Mailbox.objects.count() == 3


def test_all_or_nothing_refuses_while_something_is_wrong(upload, finalize):
    batch = upload(THREE + "Mal,ñ@buzones.example\n")
    with pytest.raises(BusinessError, match="Todas o ninguna"):
        finalize(batch, rule="all")


def test_all_or_nothing_creates_none_when_one_is_taken_meanwhile(upload, finalize, domain, subscription):
    batch = upload(THREE)
    MailboxFactory(mail_domain=domain, address="luz@buzones.example")
    batch = finalize(batch, rule="all")
    assert (batch.stage, Mailbox.objects.count(), used(subscription)["mailboxes"]) == ("review", 1, 0)
    assert "Fila 4" in batch.problem
    assert states(batch)[2] in {State.WRONG, State.EXISTS}


def test_an_address_taken_meanwhile_is_a_conflict_of_its_row(upload, finalize, domain):
    batch = upload(THREE)
    MailboxFactory(mail_domain=domain, address="eva@buzones.example")
    batch = finalize(batch)
    assert states(batch) == [State.CREATED, State.CONFLICT, State.CREATED]
    assert "mientras tanto" in rows_of(batch)[1].message


def test_rows_beyond_the_plan_say_so_and_go_through_after_buying_more(upload, finalize, actor, subscription, run_jobs):
    SubscriptionResource.objects.filter(subscription=subscription, resource="mailboxes").update(included=2)
    batch = finalize(upload(THREE))
    assert states(batch) == [State.CREATED, State.CREATED, State.NO_ROOM]
    assert used(subscription)["mailboxes"] == 2
    SubscriptionResource.objects.filter(subscription=subscription, resource="mailboxes").update(included=5)
    retry_import(actor=actor, batch=batch)
    run_jobs()
    assert states(batch) == [State.CREATED] * 3


def test_storage_is_counted_in_the_order_of_the_file(upload, finalize, subscription):
    text = "Correo,Tamaño (GB)\nana@buzones.example,40\neva@buzones.example,20\nluz@buzones.example,5\n"
    batch = finalize(upload(text))
    assert states(batch) == [State.CREATED, State.NO_ROOM, State.NO_ROOM]
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 40}


def test_what_the_mail_system_refuses_fails_in_its_row_and_can_be_retried(upload, finalize, actor, mail, run_jobs):
    batch = upload(THREE)
    mail.faults.append(PermanentError("El servidor dijo que no."))
    batch = finalize(batch)
    assert State.FAILED in states(batch)
    failed = next(row for row in rows_of(batch) if row.state == State.FAILED)
    assert failed.message == "El servidor dijo que no."
    retry_import(actor=actor, batch=batch)
    run_jobs()
    assert states(batch) == [State.CREATED] * 3


def test_a_mail_server_that_is_down_for_a_while_loses_nothing(upload, finalize, mail):
    mail.faults += [TransientError("down")] * 4
    assert states(finalize(upload(THREE))) == [State.CREATED] * 3


def test_somebody_of_the_account_who_signs_in_with_the_address_gets_the_mailbox(upload, finalize, account):
    ana = MembershipFactory(account=account, user=UserFactory(email="ana@buzones.example"))
    finalize(upload(THREE))
    assert Mailbox.objects.get(address="ana@buzones.example").user == ana.user
    assert User.objects.filter(email="ana@buzones.example").count() == 1


def test_an_address_of_another_customers_person_gets_a_mailbox_without_user(upload, finalize, other_account):
    MembershipFactory(account=other_account, user=UserFactory(email="ana@buzones.example"))
    batch = finalize(upload(THREE))
    assert states(batch) == [State.CREATED] * 3
    assert Mailbox.objects.get(address="ana@buzones.example").user is None


def test_without_service_users(upload, finalize):
    finalize(upload(THREE), makes_users=False)
    assert list(Mailbox.objects.values_list("user", flat=True)) == [None] * 3


def test_a_template_for_all(upload, finalize, template):
    text = "Correo,Plantilla,IMAP\nana@buzones.example,Premium,no\n"
    batch = finalize(upload(text), template=template)
    assert states(batch) == [State.CREATED]
    box = Mailbox.objects.get()
    assert (box.template, box.allows_imap, box.allows_pop3) == (template, False, True)


def test_undoing_sends_the_batch_to_the_bin_with_the_people_that_it_made(
    upload, finalize, actor, run_jobs, subscription
):
    batch = finalize(upload(THREE))
    begin_undo(actor=actor, batch=batch)
    begin_undo(actor=actor, batch=batch)
    run_jobs()
    batch = again(batch)
    assert (batch.stage, states(batch)) == ("undone", [State.UNDONE] * 3)
    assert Mailbox.objects.in_bin().count() == 3
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}
    assert not User.objects.filter(email="ana@buzones.example").exists()


def test_undoing_leaves_what_was_there_before(upload, finalize, actor, run_jobs, make_mailbox):
    make_mailbox("luz")
    batch = finalize(upload(THREE))
    assert states(batch)[2] == State.EXISTS
    begin_undo(actor=actor, batch=batch)
    run_jobs()
    assert list(Mailbox.objects.listed().values_list("address", flat=True)) == ["luz@buzones.example"]


def test_undoing_takes_people_away_a_few_at_a_time_before_it_ends(upload, finalize, actor, run_jobs, monkeypatch):
    """Their account is locked meanwhile, and nobody can work in it."""
    removed = Mock(wraps=undoing.delete_members)
    monkeypatch.setattr(undoing, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(undoing, "delete_members", removed)
    batch = finalize(upload(THREE))
    begin_undo(actor=actor, batch=batch)
    run_jobs()
    assert [len(call.kwargs["members"]) for call in removed.call_args_list] == [2, 1]


def test_undoing_keeps_people_who_have_activated_their_access(upload, finalize, actor, run_jobs):
    batch = finalize(upload(THREE))
    Membership.objects.filter(email="ana@buzones.example").update(is_pending=False)
    begin_undo(actor=actor, batch=batch)
    run_jobs()
    assert list(Membership.objects.filter(email__endswith="@buzones.example").values_list("email", flat=True)) == [
        "ana@buzones.example"
    ]


def test_an_import_that_runs_cannot_be_undone_yet(upload, finalize, actor):
    batch = finalize(upload(THREE), settle=False)
    with pytest.raises(BusinessError, match="Espere"):
        begin_undo(actor=actor, batch=batch)


def test_a_suspended_subscription_imports_nothing(upload, actor, subscription):
    batch = upload(THREE)
    subscription.state = "suspended"
    subscription.save(update_fields=["state"])
    with pytest.raises(BusinessError, match="suspendida"):
        finalize_import(actor=actor, batch=batch, options=Options())
