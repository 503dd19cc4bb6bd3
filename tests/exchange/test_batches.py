"""One thing done to many mailboxes: begun once, carried out in sets, shown while it runs, told once."""

from uuid import uuid4

import pytest

from accounts.models import ActionLogEntry, Notification
from cloudpanel.core.exceptions import BusinessError
from exchange.drivers.base import MailboxState
from exchange.drivers.fake import InMemoryMailDriver
from exchange.models import Mailbox, MailboxBatch, PasswordLink
from exchange.operations.common import mail_driver
from exchange.services.batches import progress_of, start_batch
from exchange.services.mailboxes import retry_mailbox
from exchange.services.selection import Filters, Selection
from tests.exchange.conftest import fresh, url, used
from tests.factories import MailboxTemplateFactory

Verb = MailboxBatch.Verb


@pytest.fixture
def boxes(make_mailbox):
    return [make_mailbox(name) for name in ("ana", "beto", "caro")]


@pytest.fixture
def begin(actor, subscription):
    def start(verb, *boxes, **more):
        selection = Selection(tuple(box.public_id for box in boxes)) if boxes else Selection(is_everything=True)
        wish = {"selection": selection, "token": uuid4(), **more}
        return start_batch(actor=actor, subscription=subscription, verb=verb, **wish)

    return start


def test_the_way_of_a_person(administrator_client, subscription, mail, run_jobs, boxes):
    address = url("batch_new", subscription, "deshabilitar")
    asked = administrator_client.get(address, {"mailbox[]": [boxes[0].public_id, boxes[1].public_id]})
    assert "¿Deshabilitar 2 buzones?" in asked.content.decode()
    data = {"token": uuid4(), "mailbox[]": [boxes[0].public_id, boxes[1].public_id]}
    page = administrator_client.post(address, data, follow=True)
    assert "0 de 2" in page.content.decode()
    run_jobs()
    assert "2 de 2" in administrator_client.get(page.redirect_chain[-1][0]).content.decode()
    states = [fresh(box).state for box in boxes]
    assert states == [Mailbox.State.SUSPENDED, Mailbox.State.SUSPENDED, Mailbox.State.ACTIVE]
    assert not mail.mailboxes[boxes[0].public_id].is_enabled


def test_the_same_form_twice_is_one_batch(begin, boxes):
    token = uuid4()
    first = begin(Verb.DISABLE, *boxes, token=token)
    assert begin(Verb.DISABLE, *boxes, token=token) == first
    assert MailboxBatch.objects.count() == 1


def test_everything_that_the_filters_find(begin, run_jobs, boxes):
    chosen = Selection(is_everything=True, filters=Filters(query="beto"))
    batch = begin(Verb.DISABLE, selection=chosen)
    run_jobs()
    assert batch.total == 1
    assert [fresh(box).state for box in boxes] == ["active", "suspended", "active"]


def test_one_notice_tells_the_end(begin, run_jobs, actor, boxes):
    begin(Verb.DISABLE)
    run_jobs()
    [notice] = Notification.objects.filter(user=actor.user, title="Deshabilitar buzones: terminó")
    assert notice.body == "3 buzones listos."
    assert MailboxBatch.objects.get().finished_at is not None


def test_what_cannot_take_part_is_left_alone_with_a_reason(begin, run_jobs, boxes):
    begin(Verb.DISABLE, boxes[0])
    run_jobs()
    begin(Verb.DISABLE, boxes[1])  # under way
    batch = begin(Verb.DISABLE)
    assert (batch.total, batch.skipped) == (1, 2)
    assert set(batch.reasons) == {"Tenían una operación en curso.", "Ya estaban así."}


def test_nothing_to_do_is_said_and_leaves_nothing(begin, boxes):
    with pytest.raises(BusinessError, match="Ya estaban así"):
        begin(Verb.ENABLE)
    assert not MailboxBatch.objects.exists()


def test_enabling_brings_them_back(begin, run_jobs, mail, boxes):
    begin(Verb.DISABLE)
    run_jobs()
    begin(Verb.ENABLE)
    run_jobs()
    assert all(fresh(box).state == Mailbox.State.ACTIVE for box in boxes)
    assert all(mail.mailboxes[box.public_id].is_enabled for box in boxes)


def test_a_template_brings_its_limit_and_protocols_and_takes_storage(begin, run_jobs, mail, subscription, boxes):
    before = used(subscription)["storage_gb"]
    big = MailboxTemplateFactory(subscription=subscription, name="Grande", quota_mb=6144, allows_pop3=False)
    begin(Verb.TEMPLATE, template=big)
    run_jobs()
    row = fresh(boxes[0])
    assert (row.template, row.quota_mb, row.allows_pop3) == (big, 6144, False)
    assert mail.mailboxes[row.public_id].quota_mb == 6144
    assert used(subscription)["storage_gb"] == before + 3


def test_a_template_that_does_not_fit_into_the_plan_changes_nobody(begin, subscription, boxes):
    huge = MailboxTemplateFactory(subscription=subscription, name="Enorme", quota_mb=1024 * 1024)
    with pytest.raises(BusinessError) as refusal:
        begin(Verb.TEMPLATE, template=huge)
    assert refusal.value.code == "limit_reached"
    assert fresh(boxes[0]).quota_mb == 5120


def test_a_mailbox_that_holds_more_than_the_template_allows_keeps_its_limit(begin, subscription, boxes):
    Mailbox.objects.filter(pk=boxes[0].pk).update(used_bytes=2 * 1024**3)
    small = MailboxTemplateFactory(subscription=subscription, name="Chica", quota_mb=1024)
    batch = begin(Verb.TEMPLATE, template=small)
    assert batch.reasons == {"Ocupan más de lo que la plantilla permite.": 1}
    assert fresh(boxes[0]).quota_mb == 5120


def test_the_template_of_another_subscription_is_refused(begin, boxes):
    with pytest.raises(BusinessError):
        begin(Verb.TEMPLATE, template=MailboxTemplateFactory())


def test_links_go_to_where_people_can_read_them(begin, run_jobs, mailoutbox, make_mailbox, boxes):
    box = make_mailbox("dora", password="", link_email="dora@casa.example")
    mailoutbox.clear()
    batch = begin(Verb.LINK)
    run_jobs()
    assert [message.to for message in mailoutbox] == [["dora@casa.example"]]
    assert batch.reasons == {"No tienen otro correo al que enviar el enlace.": 3}
    assert [link.is_open for link in PasswordLink.objects.filter(mailbox=box).order_by("pk")] == [False, True]


def test_deleting_many_is_a_batch_too(begin, run_jobs, mail, boxes):
    begin(Verb.DELETE)
    run_jobs()
    assert all(fresh(box).deleted_at for box in boxes)
    assert mail.removed == {box.public_id for box in boxes}


def test_failures_are_shown_by_name(administrator_client, begin, run_jobs, mail, subscription, boxes):
    mail.removed.add(boxes[0].public_id)  # the mail server says: in the bin
    batch = begin(Verb.DISABLE)
    run_jobs()
    assert progress_of(batch) == {"done": 2, "failed": 1, "waiting": 0}
    page = administrator_client.get(url("batch", subscription, batch.public_id)).content.decode()
    assert boxes[0].address in page
    assert "está en la papelera" in page


def test_a_failure_in_a_batch_makes_no_notice_of_its_own(begin, run_jobs, mail, boxes):
    mail.removed.add(boxes[0].public_id)
    begin(Verb.DISABLE)
    run_jobs()
    assert [notice.title for notice in Notification.objects.all()] == ["Deshabilitar buzones: terminó"]


def test_one_that_is_retried_by_itself_tells_of_its_own_failure(actor, begin, run_jobs, mail, boxes):
    mail.removed.add(boxes[0].public_id)
    begin(Verb.DISABLE)
    run_jobs()
    retry_mailbox(actor=actor, mailbox=fresh(boxes[0]))
    run_jobs()
    assert Notification.objects.filter(title="Requiere atención: Deshabilitar buzón").count() == 1


def test_each_mailbox_has_its_line_in_the_log(begin, boxes):
    begin(Verb.DISABLE)
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.disabled").count() == 3
    assert ActionLogEntry.objects.get(action="exchange.batch.started").after["count"] == 3


def test_the_driver_is_asked_once_for_all(begin, run_jobs, boxes, monkeypatch):
    asked = []
    real = InMemoryMailDriver.switch_mailboxes

    def counted(self, ids, *, is_enabled):
        ids = list(ids)
        asked.append(len(ids))
        return real(self, ids, is_enabled=is_enabled)

    monkeypatch.setattr(InMemoryMailDriver, "switch_mailboxes", counted)
    begin(Verb.DISABLE)
    run_jobs()
    assert asked == [3]


def test_the_directory_agrees_with_what_the_panel_shows(begin, run_jobs, mail, boxes):
    begin(Verb.DISABLE)
    run_jobs()
    records = mail_driver().lookup([box.public_id for box in boxes])
    assert {record.state for record in records.values()} == {MailboxState.DISABLED}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_404(stranger_client, subscription, boxes, method):
    assert getattr(stranger_client, method)(url("batch_new", subscription, "habilitar")).status_code == 404


def test_a_service_user_gets_403(service_user_client, subscription, boxes):
    assert service_user_client.get(url("batch_new", subscription, "habilitar")).status_code == 403
