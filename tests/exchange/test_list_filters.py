"""The list narrowed and sorted: what is shown, what "all" means, and what an address may carry."""

import pytest
from django.utils import timezone

from cloudpanel.provisioning.models import Job, JobState
from exchange.listing import Listing
from exchange.models import Mailbox
from exchange.services.selection import STATES, narrowed
from exchange.states import shown_of
from tests.exchange.conftest import url
from tests.factories import MailboxFactory, MailboxTemplateFactory, MailDomainFactory


def addresses(subscription, **parameters):
    listing = Listing.of(subscription, parameters, "/b/")
    return [row["address"].partition("@")[0] for row in listing.page.rows]


@pytest.fixture
def many(subscription, domain):
    """One of each state, on two domains, with two templates."""
    other = MailDomainFactory(subscription=subscription, name="otra.example")
    big = MailboxTemplateFactory(subscription=subscription, name="Grande", quota_mb=9000)

    def box(name, *, job=None, of=domain, **changes):
        row = MailboxFactory(mail_domain=of, address=f"{name}@{of.name}", display_name=name.title(), **changes)
        if job:
            operation, state = job
            failure = "permanent" if state == JobState.FAILED else ""
            more = {"lock_key": f"x:{name}", "deadline_at": timezone.now(), "failure": failure}
            row.last_job = Job.objects.create(operation=operation, state=state, **more)
            row.save(update_fields=["last_job"])
        return row

    active = Mailbox.State.ACTIVE
    return [
        box("activo", state=active, has_password=True, used_bytes=500, quota_mb=100),
        box("sinclave", state=active, has_password=False, used_bytes=10, quota_mb=300, of=other),
        box("apagado", state=Mailbox.State.SUSPENDED, has_password=True, used_bytes=900, quota_mb=200, template=big),
        box("creando", state=Mailbox.State.PENDING, job=("exchange.create_mailbox", JobState.QUEUED)),
        box("yendose", state=active, job=("exchange.delete_mailbox", JobState.QUEUED)),
        box("fallido", state=active, has_password=True, job=("exchange.update_mailbox", JobState.FAILED)),
        box("nonato", state=Mailbox.State.PENDING, job=("exchange.create_mailbox", JobState.CANCELLED)),
        box("listo", state=active, has_password=True, job=("exchange.set_password", JobState.SUCCEEDED)),
    ]


def test_the_filters_and_the_screen_mean_the_same_states(subscription, many):
    for state in STATES:
        found = narrowed(Mailbox.objects.filter(subscription=subscription), state, None, None)
        shown = {row.pk for row in many if shown_of(row).code == state}
        assert {row.pk for row in found} == shown, state
        assert shown, state


def test_by_state_domain_and_template(subscription, domain, many):
    assert addresses(subscription, estado="disabled") == ["apagado"]
    assert addresses(subscription, dominio=str(many[1].mail_domain.public_id)) == ["sinclave"]
    assert addresses(subscription, plantilla=str(many[2].template.public_id)) == ["apagado"]
    assert addresses(subscription, estado="disabled", dominio=str(many[1].mail_domain.public_id)) == []


def test_a_search_within_filters(subscription, many):
    assert addresses(subscription, q="ado", estado="disabled") == ["apagado"]
    assert addresses(subscription, q="do", estado="active") == []


@pytest.mark.parametrize(
    ("sort", "first"),
    [("nombre", "activo"), ("-nombre", "yendose"), ("-correo", "yendose"), ("-tamano", "apagado")],
)
def test_by_any_column_both_ways(subscription, many, sort, first):
    assert addresses(subscription, orden=sort)[0] == first


def test_sorted_pages_follow_each_other(administrator_client, subscription, domain):
    for number in range(120):
        MailboxFactory(mail_domain=domain, address=f"b{number:03}@{domain.name}", used_bytes=number * 7 % 50)
    seen, cursor = [], ""
    for _page in range(3):
        listing = Listing.of(subscription, {"orden": "-tamano", "cursor": cursor}, "/b/")
        seen += [row["pk"] for row in listing.page.rows]
        cursor = listing.page.next_cursor
    assert len(seen) == len(set(seen)) == 120
    page = administrator_client.get(url("mailboxes", subscription), {"orden": "-tamano"}).content.decode()
    assert "Mostrando 1-50 de 120" in page
    assert 'aria-sort="descending"' in page


def test_the_second_page_says_where_it_is(administrator_client, subscription, domain):
    for number in range(60):
        MailboxFactory(mail_domain=domain, address=f"b{number:03}@{domain.name}")
    first = administrator_client.get(url("mailboxes", subscription))
    second = administrator_client.get(url("mailboxes", subscription) + first.context["listing"].next_url)
    assert "Mostrando 51-60 de 60" in second.content.decode()


@pytest.mark.parametrize(
    "parameters",
    [
        {"estado": "nunca"},
        {"dominio": "no-es-uuid"},
        {"plantilla": "\x00"},
        {"orden": "password"},
        {"orden": "--nombre"},
        {"desde": "-5"},
        {"desde": "٣"},
        {"cursor": "mentira"},
    ],
)
def test_what_makes_no_sense_is_as_good_as_nothing(administrator_client, subscription, many, parameters):
    answer = administrator_client.get(url("mailboxes", subscription), parameters)
    assert answer.status_code == 200
    assert "Mostrando 1-8 de 8" in answer.content.decode()


def test_the_export_is_what_the_filters_find(administrator_client, subscription, many):
    answer = administrator_client.get(url("export", subscription, "csv"), {"estado": "disabled"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "apagado@" in text
    assert "activo@" not in text


def test_shared_mailboxes_are_not_in_the_list_of_people(subscription, domain, many):
    MailboxFactory(mail_domain=domain, address=f"ventas@{domain.name}", kind=Mailbox.Kind.SHARED, user=None)
    assert "ventas" not in addresses(subscription)
