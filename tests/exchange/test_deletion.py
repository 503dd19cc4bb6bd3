"""*Eliminar* → *Ok* → *Eliminando* → gone → thirty days in the bin → back, or gone for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError
from exchange.models import Mailbox, MailboxBatch
from exchange.services.deletion import Selection, delete_mailboxes, purge_expired, restore_mailboxes
from exchange.states import ATTENTION, DELETION, IN_BIN, RESTORING, shown_of
from tests.exchange.conftest import fresh, url, used
from tests.exchange.test_mailbox_list import add_mailboxes, addresses
from tests.factories import AddOnFactory, MailboxFactory


def ticked(*boxes) -> Selection:
    return Selection(tuple(box.public_id for box in boxes))


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def delete(actor, subscription, run_jobs):
    def go(*boxes, settle: bool = True) -> int:
        count = delete_mailboxes(actor=actor, subscription=subscription, selection=ticked(*boxes))
        if settle:
            run_jobs()
        return count

    return go


def test_the_way_of_the_manual(administrator_client, subscription, make_mailbox, run_jobs):
    boxes = [make_mailbox(name) for name in ("ana", "beto", "carla")]
    data = {"mailbox[]": [str(box.public_id) for box in boxes[:2]]}
    question = text(administrator_client.get(url("delete", subscription), data))
    for words in ("ana@buzones.example", "beto@buzones.example", "No cambia", "30 días", "papelera", ">Ok<"):
        assert words in question
    assert "carla@" not in question
    administrator_client.post(url("delete", subscription), data)
    assert (
        text(administrator_client.get(url("mailboxes", subscription))).count("Eliminando") == 3
    )  # two states and the filter
    run_jobs()
    assert addresses(text(administrator_client.get(url("mailboxes", subscription)))) == ["carla@buzones.example"]


def test_the_place_is_free_when_it_is_gone_and_not_before(subscription, make_mailbox, delete, run_jobs):
    box = make_mailbox()
    delete(box, settle=False)
    assert shown_of(fresh(box)) is DELETION
    assert used(subscription)["mailboxes"] == 1
    run_jobs()
    assert shown_of(fresh(box)) is IN_BIN
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}


def test_a_second_click_deletes_nothing_twice(administrator_client, subscription, make_mailbox, delete):
    box = make_mailbox()
    assert delete(box, settle=False) == 1
    assert delete(box, settle=False) == 0
    response = administrator_client.post(url("delete", subscription), {"mailbox[]": str(box.public_id)}, follow=True)
    assert "ya se estaban cambiando" in text(response)


def test_what_the_mail_system_refuses_to_delete_requires_attention_and_keeps_its_place(
    subscription, make_mailbox, delete, mail
):
    box = make_mailbox()
    mail.faults.append(PermanentError("El buzón está bloqueado."))
    delete(box)
    assert shown_of(fresh(box)) is ATTENTION
    assert used(subscription)["mailboxes"] == 1
    delete(box)
    assert shown_of(fresh(box)) is IN_BIN


def test_all_that_match_a_search_go_but_nothing_that_came_later(administrator_client, subscription, domain, run_jobs):
    add_mailboxes(subscription, domain, 5, "venta")
    add_mailboxes(subscription, domain, 3, "otro")
    subscription.resources.update(used=0, included=1000)
    page = administrator_client.get(url("delete", subscription), {"todos": "1", "q": "venta"})
    assert "¿Eliminar 5 buzones?" in text(page)
    newest = page.context["newest"]
    MailboxFactory(mail_domain=domain, address="venta-nueva@buzones.example")
    administrator_client.post(url("delete", subscription), {"todos": "1", "q": "venta", "newest": str(newest)})
    run_jobs()
    left = list(Mailbox.objects.listed().values_list("address", flat=True))
    assert len(left) == 4
    assert "venta-nueva@buzones.example" in left


def test_five_thousand_go_in_a_fixed_number_of_statements(actor, subscription, domain, mail, run_jobs):
    add_mailboxes(subscription, domain, 5000)
    subscription.resources.update(used=5000, included=100_000)
    subscription.resources.filter(resource="storage_gb").update(used=25_000)
    with CaptureQueriesContext(connection) as captured:
        delete_mailboxes(actor=actor, subscription=subscription, selection=Selection(is_everything=True))
    assert len(captured) < 25
    run_jobs()
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}
    assert Mailbox.objects.in_bin().count() == 5000


def test_another_customers_mailbox_in_the_post_is_left_alone(administrator_client, subscription, domain, run_jobs):
    foreign = MailboxFactory()
    response = administrator_client.post(url("delete", subscription), {"mailbox[]": [str(foreign.public_id), "x"]})
    run_jobs()
    assert response.status_code == 302
    assert fresh(foreign).deleted_at is None


def test_nothing_ticked_says_so(administrator_client, subscription):
    response = administrator_client.get(url("delete", subscription), follow=True)
    assert "Seleccione los buzones" in text(response)


@pytest.mark.parametrize("newest", ["", "-1", "x", "9" * 30, "١"])
def test_a_tampered_boundary_is_never_a_500(administrator_client, subscription, make_mailbox, newest):
    make_mailbox()
    response = administrator_client.post(url("delete", subscription), {"todos": "1", "newest": newest})
    assert response.status_code == 302


# The bin --------------------------------------------------------------------------------------------------------


def test_it_comes_back_as_it_was_and_takes_its_place_again(
    administrator_client, subscription, make_mailbox, delete, run_jobs, mail
):
    box = make_mailbox()
    delete(box)
    page = text(administrator_client.get(url("bin", subscription)))
    assert box.address in page
    administrator_client.post(url("restore", subscription), {"mailbox[]": str(box.public_id)})
    assert shown_of(fresh(box)) is RESTORING
    run_jobs()
    assert fresh(box).deleted_at is None
    assert box.public_id not in mail.removed
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 5}


def test_without_a_free_place_it_stays_in_the_bin(actor, subscription, make_mailbox, delete):
    box = make_mailbox()
    delete(box)
    subscription.resources.filter(resource="mailboxes").update(used=10)
    with pytest.raises(BusinessError) as refusal:
        restore_mailboxes(actor=actor, subscription=subscription, selection=ticked(box))
    assert refusal.value.code == "limit_reached"
    assert shown_of(fresh(box)) is IN_BIN


def test_a_restore_that_fails_gives_the_place_back(actor, subscription, make_mailbox, delete, mail, run_jobs):
    box = make_mailbox()
    delete(box)
    mail.faults.append(PermanentError("No."))
    restore_mailboxes(actor=actor, subscription=subscription, selection=ticked(box))
    run_jobs()
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}
    assert shown_of(fresh(box)) is ATTENTION
    assert fresh(box).deleted_at is not None


def test_its_user_may_have_got_another_mailbox_meanwhile(
    actor, subscription, service_user, make_mailbox, delete, run_jobs
):
    old = make_mailbox("vieja", user=service_user)
    delete(old)
    new = make_mailbox("nueva", user=service_user)
    restore_mailboxes(actor=actor, subscription=subscription, selection=ticked(old))
    run_jobs()
    assert fresh(old).user is None
    assert fresh(new).user == service_user


def test_after_thirty_days_it_is_gone_for_ever_and_its_address_free(
    make_mailbox, delete, run_jobs, mail, actor, subscription, wish
):
    box = make_mailbox()
    delete(box)
    assert purge_expired() == 0
    Mailbox.objects.update(deleted_at=timezone.now() - timedelta(days=30))
    assert purge_expired() == 1
    assert purge_expired() == 0
    run_jobs()
    assert fresh(box).state == Mailbox.State.TERMINATED
    assert box.public_id in mail.purged
    make_mailbox("ana", user=box.user)


def test_a_stranger_gets_404(stranger_client, subscription):
    for name in ("delete", "bin"):
        assert stranger_client.get(url(name, subscription)).status_code == 404
    assert stranger_client.post(url("restore", subscription)).status_code == 404


def test_a_service_user_gets_403(service_user_client, subscription):
    assert service_user_client.post(url("delete", subscription)).status_code == 403
    assert service_user_client.post(url("restore", subscription)).status_code == 403


def test_what_lies_in_the_bin_is_purged_by_hand_after_a_question(
    administrator_client, actor, subscription, mail, run_jobs, make_mailbox
):
    box = make_mailbox("ana")
    delete_mailboxes(actor=actor, subscription=subscription, selection=ticked(box))
    run_jobs()
    asked = administrator_client.get(url("purge", subscription), {"mailbox[]": [box.public_id]})
    assert "¿Borrar 1 buzón para siempre?" in text(asked)
    assert fresh(box).state != Mailbox.State.TERMINATED
    for _click in range(2):
        administrator_client.post(url("purge", subscription), {"mailbox[]": [box.public_id], "confirma": "1"})
    run_jobs()
    assert fresh(box).state == Mailbox.State.TERMINATED
    assert box.public_id in mail.purged


@pytest.fixture
def binned(make_mailbox, delete):
    boxes = [make_mailbox(name) for name in ("ana", "beto", "caro")]
    delete(*boxes)
    return boxes


def test_several_go_and_come_back_as_one_batch(administrator_client, subscription, make_mailbox, run_jobs):
    ids = {"mailbox[]": [str(make_mailbox(name).public_id) for name in ("ana", "beto")]}
    for name, verb in (("delete", "delete"), ("restore", "restore")):
        token = administrator_client.get(url(name, subscription), ids).context["token"]
        for _click in range(2):
            page = administrator_client.post(url(name, subscription), {**ids, "token": str(token)}, follow=True)
        batch = MailboxBatch.objects.get(verb=verb)
        assert url("batch", subscription, batch.public_id) in text(page)
        run_jobs()
    assert set(Mailbox.objects.values_list("state", "deleted_at")) == {("active", None)}


def test_the_whole_bin_comes_back_but_not_what_comes_into_it_later(
    administrator_client, subscription, make_mailbox, delete, binned, run_jobs
):
    asked = administrator_client.get(url("restore", subscription), {"todos": "1"})
    assert "¿Restaurar 3 buzones?" in text(asked)
    delete(late := make_mailbox("tarde"))
    data = {"todos": "1", "hasta": asked.context["until"].isoformat()}
    page = administrator_client.post(url("restore", subscription), data, follow=True)
    assert "0 de 3" in text(page)
    run_jobs()
    assert list(Mailbox.objects.in_bin()) == [fresh(late)]


def test_all_come_back_or_none_when_the_plan_has_no_room(administrator_client, subscription, binned):
    subscription.resources.filter(resource="mailboxes").update(used=8)
    data = {"mailbox[]": [str(box.public_id) for box in binned]}
    page = administrator_client.post(url("restore", subscription), data, follow=True)
    assert "Ya usa los 10 buzones de su plan" in text(page)
    assert used(subscription)["mailboxes"] == 8
    assert Mailbox.objects.in_bin().count() == 3


def test_the_question_says_what_it_takes_of_the_plan(administrator_client, subscription, binned):
    data = {"mailbox[]": [str(box.public_id) for box in binned]}
    assert "toma 3 buzones, 15 GB de espacio" in text(administrator_client.get(url("restore", subscription), data))


def test_the_question_says_what_is_missing_and_what_it_costs(administrator_client, subscription, binned):
    AddOnFactory(product=subscription.product)
    subscription.resources.filter(resource="mailboxes").update(used=9)
    data = {"mailbox[]": [str(box.public_id) for box in binned]}
    page = text(administrator_client.get(url("restore", subscription), data))
    assert "faltan 2 buzones" in page
    assert "$75.00 MXN al mes, más IVA" in page


@pytest.mark.parametrize("until", ["", "x", "2026-13-45", "2026-01-01"])
def test_a_tampered_end_of_the_bin_is_never_a_500(administrator_client, subscription, binned, until):
    assert administrator_client.post(url("restore", subscription), {"todos": "1", "hasta": until}).status_code == 302


def test_a_mailbox_that_is_not_in_the_bin_is_not_purged(administrator_client, subscription, run_jobs, make_mailbox):
    box = make_mailbox("ana")
    administrator_client.post(url("purge", subscription), {"mailbox[]": [box.public_id], "confirma": "1"})
    run_jobs()
    assert fresh(box).state == Mailbox.State.ACTIVE
