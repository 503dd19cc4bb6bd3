"""*Reparar*, *Adoptar*, *Quitar*: what people decide about what differs, and the question beyond 30 %."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from exchange.findings_shown import shown_of_finding
from exchange.models import Finding, Mailbox
from exchange.services.reconcile import TOO_MANY, Choice, Verb, decide
from tests.exchange.conftest import fresh, url, used
from tests.exchange.test_comparison import change
from tests.factories import SubscriptionFactory


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def solve(actor, subscription, run_jobs):
    def go(verb: Verb, *findings: Finding, **how) -> tuple[int, int]:
        choice = Choice(tuple(finding.public_id for finding in findings))
        answer = decide(actor=actor, subscription=subscription, verb=verb, choice=choice, **how)
        run_jobs()
        return answer

    return go


def open_ones() -> list[str]:
    return list(Finding.objects.unresolved().values_list("address", flat=True))


# Reparar ---------------------------------------------------------------------------------------------------------


def test_a_repair_brings_the_server_to_what_the_panel_says(compare, solve, make_mailbox, mail):
    box = make_mailbox()
    change(mail, box, quota_mb=7, is_enabled=False, address="otra@buzones.example")
    (finding,) = compare()
    assert solve(Verb.REPAIR, finding) == (1, 0)
    held = mail.mailboxes[box.public_id]
    assert (held.quota_mb, held.is_enabled, held.address) == (5120, True, box.address)
    assert open_ones() == []
    assert compare() == []


def test_a_missing_mailbox_is_made_anew_without_a_password(compare, solve, make_mailbox, mail):
    box = make_mailbox()
    assert fresh(box).has_password
    del mail.mailboxes[box.public_id]
    solve(Verb.REPAIR, *compare())
    assert mail.mailboxes[box.public_id].address == box.address
    assert not fresh(box).has_password
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.repaired").count() == 1


def test_the_bin_is_repaired_both_ways(compare, solve, make_mailbox, mail):
    binned, live = make_mailbox("ana"), make_mailbox("beto")
    mail.removed.add(live.public_id)
    Mailbox.objects.filter(pk=binned.pk).update(deleted_at="2026-01-01T00:00Z")
    solve(Verb.REPAIR, *compare(), is_forced=True)
    assert mail.removed == {binned.public_id}


def test_a_second_click_repairs_nothing_twice(compare, solve, make_mailbox, mail, actor, subscription):
    box = make_mailbox()
    change(mail, box, quota_mb=7)
    (finding,) = compare()
    choice = Choice((finding.public_id,))
    assert decide(actor=actor, subscription=subscription, verb=Verb.REPAIR, choice=choice) == (1, 0)
    assert shown_of_finding(Finding.objects.select_related("last_job").get()).label == "En proceso"
    assert decide(actor=actor, subscription=subscription, verb=Verb.REPAIR, choice=choice) == (0, 0)


def test_what_the_mail_system_refuses_requires_attention_and_says_why(
    compare, solve, make_mailbox, mail, administrator_client, subscription
):
    box = make_mailbox()
    del mail.mailboxes[box.public_id]
    mail.purged.add(box.public_id)
    solve(Verb.REPAIR, *compare())
    page = text(administrator_client.get(url("findings", subscription)))
    assert "Requiere atención" in page
    assert "no puede volver" in page


# Adoptar ---------------------------------------------------------------------------------------------------------


def test_an_adopted_mailbox_takes_a_place_and_is_like_any_other(compare, solve, stray, subscription, mail):
    spec = stray(password_hash=None, is_enabled=False)
    assert solve(Verb.ADOPT, *compare()) == (1, 0)
    box = fresh(Mailbox.objects.get())
    assert (box.public_id, box.address, box.quota_mb, box.state) == (spec.id, spec.address, 1024, "suspended")
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 1}
    assert open_ones() == []
    assert compare() == []


def test_what_the_plan_has_no_place_for_stays_as_it_is(compare, solve, stray, subscription):
    subscription.resources.filter(resource="mailboxes").update(included=1)
    stray("uno@buzones.example")
    stray("dos@buzones.example")
    assert solve(Verb.ADOPT, *compare(), is_forced=True) == (1, 1)
    assert Mailbox.objects.count() == 1
    assert len(open_ones()) == 1


def test_another_limit_is_adopted_with_its_storage(compare, solve, make_mailbox, mail, subscription):
    box = make_mailbox()
    change(mail, box, quota_mb=10 * 1024)
    assert solve(Verb.ADOPT, *compare()) == (1, 0)
    assert fresh(box).quota_mb == 10 * 1024
    assert used(subscription)["storage_gb"] == 10
    assert compare() == []


def test_another_address_is_not_adopted(compare, solve, make_mailbox, mail):
    box = make_mailbox()
    change(mail, box, address="otra@buzones.example")
    assert solve(Verb.ADOPT, *compare()) == (0, 1)
    assert fresh(box).address == box.address


# Quitar ----------------------------------------------------------------------------------------------------------


def test_a_stray_mailbox_is_erased_from_the_server(compare, solve, stray, mail):
    spec = stray()
    assert solve(Verb.REMOVE, *compare()) == (1, 0)
    assert spec.id in mail.purged
    assert open_ones() == []
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.stray_removed").exists()


def test_a_missing_mailbox_leaves_the_panel_and_frees_its_place(compare, solve, make_mailbox, mail, subscription):
    box = make_mailbox()
    del mail.mailboxes[box.public_id]
    assert solve(Verb.REMOVE, *compare()) == (1, 0)
    assert fresh(box).state == "terminated"
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}


def test_what_was_adopted_meanwhile_is_not_erased(compare, stray, actor, subscription, mail, run_jobs):
    spec = stray()
    (finding,) = compare()
    decide(actor=actor, subscription=subscription, verb=Verb.REMOVE, choice=Choice((finding.public_id,)))
    Mailbox.objects.create(
        public_id=spec.id, account=subscription.account, subscription=subscription, mail_domain=finding.mail_domain,
        display_name="x", address=spec.address, quota_mb=1, state="active",
    )  # fmt: skip
    run_jobs()
    assert spec.id in mail.mailboxes


def test_a_missing_mailbox_that_is_back_is_not_forgotten(compare, actor, subscription, make_mailbox, mail, run_jobs):
    box = make_mailbox()
    held = mail.mailboxes.pop(box.public_id)
    (finding,) = compare()
    decide(actor=actor, subscription=subscription, verb=Verb.REMOVE, choice=Choice((finding.public_id,)))
    mail.mailboxes[box.public_id] = held
    run_jobs()
    assert fresh(box).state == "active"


# Beyond 30 % -----------------------------------------------------------------------------------------------------


@pytest.fixture
def half_differs(compare, make_mailbox, mail, subscription):
    boxes = [make_mailbox(f"persona{number}") for number in range(4)]
    for box in boxes[:2]:
        change(mail, box, quota_mb=7)
    return compare()


def test_more_than_thirty_percent_is_refused_unless_forced(half_differs, solve, mail):
    with pytest.raises(BusinessError) as refusal:
        solve(Verb.REPAIR, *half_differs)
    assert refusal.value.code == TOO_MANY
    assert "2 de 4 buzones (50 %)" in refusal.value.user_message
    assert solve(Verb.REPAIR, half_differs[0]) == (1, 0)
    assert {box.quota_mb for box in mail.mailboxes.values()} == {7, 5120}


def test_an_administrator_may_force_it(half_differs, solve, mail):
    assert solve(Verb.REPAIR, *half_differs, is_forced=True) == (2, 0)
    assert {box.quota_mb for box in mail.mailboxes.values()} == {5120}


def test_a_delegate_may_not_force_it(half_differs, delegate, delegation, subscription):
    choice = Choice(is_everything=True)
    with pytest.raises(BusinessError):
        decide(actor=Actor(delegate), subscription=subscription, verb=Verb.REPAIR, choice=choice, is_forced=True)


def test_support_may_force_it_for_a_delegate(half_differs, delegate, delegation, staff, subscription):
    actor = Actor(delegate, impersonator=staff)
    choice = Choice(is_everything=True)
    begun = decide(actor=actor, subscription=subscription, verb=Verb.REPAIR, choice=choice, is_forced=True)
    assert begun == (2, 0)


def test_the_question_says_how_much_it_is_and_wants_a_tick(half_differs, administrator_client, subscription, run_jobs):
    question = text(administrator_client.get(url("finding_repair", subscription), {"todas": "1"}))
    assert "Son 2 de 4 buzones (50 %)" in question
    assert 'name="forzar"' in question
    response = administrator_client.post(url("finding_repair", subscription), {"todas": "1"}, follow=True)
    assert "necesita que un administrador" in text(response)
    administrator_client.post(url("finding_repair", subscription), {"todas": "1", "forzar": "1"})
    run_jobs()
    assert open_ones() == []


def test_the_delegate_cannot_press_it_and_reads_who_may(half_differs, delegate_client, delegation, subscription):
    question = text(delegate_client.get(url("finding_repair", subscription), {"todas": "1"}))
    assert "Solo un administrador de la cuenta, o soporte" in question
    assert 'aria-disabled="true"' in question
    assert '<button class="btn btn-primary" type="submit">' not in question


# The screen ------------------------------------------------------------------------------------------------------


def test_the_way_on_the_screen(administrator_client, subscription, make_mailbox, mail, run_jobs):
    box = make_mailbox()
    change(mail, box, quota_mb=7)
    empty = text(administrator_client.get(url("findings", subscription)))
    assert "Todavía no se ha comparado" in empty
    administrator_client.post(url("compare", subscription))
    assert "Comparando" in text(administrator_client.get(url("findings", subscription)))
    run_jobs()
    page = text(administrator_client.get(url("findings", subscription)))
    for words in ("Datos distintos", "límite: 5 GB", "límite: 7 MB", "Requiere atención"):
        assert words in page
    finding = Finding.objects.get()
    administrator_client.post(url("finding_repair", subscription), {"finding[]": [str(finding.public_id), "x"]})
    assert "En proceso" in text(administrator_client.get(url("findings", subscription)))
    run_jobs()
    assert "El panel y el servidor coinciden" in text(administrator_client.get(url("findings", subscription)))
    assert "Resuelto" in text(administrator_client.get(url("findings", subscription), {"ver": "resueltas"}))


def test_what_appeared_after_the_question_is_not_part_of_all(
    administrator_client, subscription, stray, compare, run_jobs
):
    stray()
    compare()
    question = administrator_client.get(url("finding_remove", subscription), {"todas": "1"})
    late = stray("tarde@buzones.example")
    compare()
    data = {"todas": "1", "hasta": question.context["until"], "forzar": "1"}
    administrator_client.post(url("finding_remove", subscription), data)
    run_jobs()
    assert open_ones() == [late.address]


@pytest.mark.parametrize("until", ["", "ayer", "2026-13-45", "2026-01-01"])
def test_a_tampered_moment_is_never_a_500(administrator_client, subscription, stray, compare, until):
    stray()
    compare()
    data = {"todas": "1", "hasta": until}
    assert administrator_client.post(url("finding_adopt", subscription), data).status_code == 302


def test_nothing_ticked_says_what_can_be(administrator_client, subscription):
    response = administrator_client.get(url("finding_adopt", subscription), follow=True)
    assert "que se pueda adoptar" in text(response)


def test_the_list_takes_a_fixed_number_of_statements(administrator_client, subscription, stray, compare):
    counts = []
    for number in (3, 20):
        for each in range(number):
            stray(f"mano{number}-{each}@buzones.example")
        compare()
        administrator_client.get(url("findings", subscription))
        with CaptureQueriesContext(connection) as captured:
            administrator_client.get(url("findings", subscription))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_subscription_that_is_off_is_only_looked_at(administrator_client, subscription, stray, compare):
    stray()
    compare()
    subscription.state = "suspended"
    subscription.save(update_fields=["state"])
    page = text(administrator_client.get(url("findings", subscription)))
    assert "finding[]" not in page
    response = administrator_client.post(url("finding_adopt", subscription), {"todas": "1"}, follow=True)
    assert "suspendida" in text(response)


def test_another_customers_difference_in_the_post_is_left_alone(administrator_client, subscription, run_jobs):
    other = SubscriptionFactory()
    foreign = Finding.objects.create(
        account=other.account, subscription=other, mail_id=uuid4(), address="a@b.example", kind="unknown"
    )
    administrator_client.post(url("finding_remove", subscription), {"finding[]": str(foreign.public_id)})
    run_jobs()
    foreign.refresh_from_db()
    assert (foreign.last_job, foreign.resolved_at) == (None, None)


def test_support_repairs_from_its_own_page(staff_client, half_differs, run_jobs, mail):
    data = {"action": "repair", "_selected_action": [finding.pk for finding in half_differs]}
    staff_client.post("/admin/exchange/finding/", data)
    run_jobs()
    assert {box.quota_mb for box in mail.mailboxes.values()} == {5120}


@pytest.mark.parametrize("name", ["findings", "finding_repair", "finding_adopt", "finding_remove"])
def test_a_stranger_gets_404(stranger_client, subscription, name):
    assert stranger_client.get(url(name, subscription)).status_code == 404


@pytest.mark.parametrize("name", ["findings", "finding_repair", "finding_adopt", "finding_remove"])
def test_a_service_user_gets_403(service_user_client, subscription, name):
    assert service_user_client.get(url(name, subscription)).status_code == 403
