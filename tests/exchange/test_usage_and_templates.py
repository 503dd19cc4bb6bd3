"""How much the mailboxes hold, and what new ones look like."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cloudpanel.provisioning.models import Job
from exchange.models import Mailbox, MailboxTemplate
from exchange.services.prices import rates_of
from exchange.services.templates import default_quota_mb
from exchange.services.usage import refresh_usage
from exchange.sizes import readable_bytes, readable_megabytes
from marketplace.models import AddOn
from tests.exchange.conftest import fresh, url
from tests.exchange.test_mailbox_list import add_mailboxes
from tests.factories import AddOnFactory, MailboxFactory, MailboxTemplateFactory


def test_the_panel_learns_what_each_mailbox_holds(make_mailbox, mail, run_jobs):
    boxes = [make_mailbox("ana"), make_mailbox("beto")]
    mail.deliver(boxes[0].public_id, 123_456)
    assert refresh_usage() == 1
    run_jobs()
    assert [fresh(box).used_bytes for box in boxes] == [123_456, 0]


def test_a_batch_that_is_still_being_asked_is_not_asked_again(make_mailbox):
    make_mailbox()
    refresh_usage()
    assert refresh_usage() == 0
    assert Job.objects.filter(operation="exchange.refresh_usage").count() == 1


def test_ten_thousand_mailboxes_are_a_few_jobs_and_one_statement_each(subscription, domain, mail, run_jobs):
    add_mailboxes(subscription, domain, 10_000)
    assert refresh_usage() <= 4
    with CaptureQueriesContext(connection) as captured:
        run_jobs()
    assert sum("UPDATE exchange_mailbox" in query["sql"] for query in captured) <= 4


@pytest.mark.parametrize(
    ("size", "text"),
    [(-1, "0 B"), (0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KB"), (5 * 1024**3, "5 GB"), (1024**5, "1,024 TB")],
)
def test_sizes_are_readable(size, text):
    assert readable_bytes(size) == text


def test_limits_are_readable():
    assert readable_megabytes(5120) == "5 GB"


@pytest.mark.parametrize(
    ("resources", "quota"),
    [({"mailboxes": 10, "storage_gb": 50}, 5120), ({"mailboxes": 3, "storage_gb": 10}, 3072), ({}, 5120),
     ({"mailboxes": 100, "storage_gb": 10}, 1024)],
)  # fmt: skip
def test_the_first_template_shares_the_storage_evenly(resources, quota):
    assert default_quota_mb(resources) == quota


DATA = {"name": "Grande", "quota_mb": "10240", "allows_imap": "on"}


def test_a_template_is_made_changed_and_deleted(administrator_client, subscription, template):
    administrator_client.post(url("template_new", subscription), DATA)
    made = MailboxTemplate.objects.get(name="Grande")
    assert (made.quota_mb, made.allows_imap, made.allows_pop3) == (10240, True, False)
    administrator_client.post(url("template_edit", subscription, made.public_id), {**DATA, "is_default": "on"})
    template.refresh_from_db()
    assert not template.is_default
    administrator_client.post(url("template_delete", subscription, template.public_id))
    assert list(MailboxTemplate.objects.values_list("name", flat=True)) == ["Grande"]


def test_the_default_one_and_one_in_use_stay(administrator_client, subscription, template, domain):
    used_one = MailboxTemplateFactory(subscription=subscription)
    MailboxFactory(mail_domain=domain, template=used_one)
    for row, says in ((template, "predeterminada"), (used_one, "usan esta plantilla")):
        response = administrator_client.post(url("template_delete", subscription, row.public_id), follow=True)
        assert says in response.content.decode()
    assert MailboxTemplate.objects.count() == 2


def test_one_that_only_purged_mailboxes_used_can_go(administrator_client, subscription, template, domain):
    old = MailboxTemplateFactory(subscription=subscription)
    MailboxFactory(mail_domain=domain, template=old, state=Mailbox.State.TERMINATED)
    administrator_client.post(url("template_delete", subscription, old.public_id))
    assert not MailboxTemplate.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"name": "x" * 81}, {"name": "Estándar"}, {"quota_mb": "0"}, {"quota_mb": "x"}]
)
def test_bad_input_is_said_beside_its_field(administrator_client, subscription, template, change):
    response = administrator_client.post(url("template_new", subscription), {**DATA, **change})
    assert response.status_code == 200
    assert "invalid" in response.content.decode()


def test_protocols_of_the_template_reach_the_mail_system(make_mailbox, template, mail):
    MailboxTemplate.objects.filter(pk=template.pk).update(allows_pop3=False)
    template.refresh_from_db()
    box = make_mailbox()
    assert sorted(mail.mailboxes[box.public_id].protocols) == ["imap", "smtp"]


@pytest.fixture
def on_sale(subscription):
    AddOnFactory(product=subscription.product)
    extra = {"code": "espacio", "name": "50 GB más", "resource": "storage_gb", "quantity": 50}
    AddOnFactory(product=subscription.product, price=Decimal("100.00"), **extra)


def test_a_template_costs_what_its_places_cost_beyond_the_plan(administrator_client, subscription, template, on_sale):
    assert rates_of(subscription).price_of(template) == Decimal("25.00")  # a fifth of 75, and 5 of 50 GB for 100
    assert "$25.00 MXN al mes más IVA" in administrator_client.get(url("templates", subscription)).content.decode()
    form = administrator_client.get(url("template_new", subscription)).content.decode()
    assert "cada buzón cuesta $15.00 MXN y cada GB $2.00 MXN al mes" in form


def test_what_is_not_sold_has_no_price(subscription, template):
    assert rates_of(subscription).price_of(template) is None
    cost = rates_of(subscription).cost_of({"mailboxes": 11, "storage_gb": 1})
    assert (cost.fits, cost.is_sold, cost.missing_words) == (False, False, "1 buzón")


def test_what_the_plan_does_not_limit_is_free(subscription, template, on_sale):
    subscription.resources.filter(resource="storage_gb").delete()
    assert rates_of(subscription).price_of(template) == Decimal("15.00")


def test_whole_packs_are_bought_and_no_more_than_are_sold(subscription, template, on_sale):
    AddOn.objects.filter(resource="mailboxes").update(included_units=1, min_units=2, max_units=3)
    cost = rates_of(subscription).cost_of({"mailboxes": 11, "storage_gb": 160})
    assert [(need.units, need.amount) for need in cost.needs] == [(2, Decimal("75.00")), (3, Decimal("300.00"))]
    assert not rates_of(subscription).cost_of({"mailboxes": 100}).is_sold


def test_the_wizard_says_the_price_where_the_template_is_chosen(subscription, template, on_sale):
    rates = rates_of(subscription)
    assert rates.in_words(template) == "incluido en su plan"
    template.quota_mb = 60 * 1024
    assert rates.in_words(template) == "$135.00 MXN al mes más IVA, más allá de su plan"


def test_a_delegate_sees_no_prices(delegate_client, delegation, subscription, template, on_sale):
    assert "$" not in delegate_client.get(url("templates", subscription)).content.decode()


def test_a_stranger_gets_404(stranger_client, subscription, template):
    assert stranger_client.post(url("template_edit", subscription, template.public_id), DATA).status_code == 404


def test_a_service_user_gets_403(service_user_client, subscription):
    assert service_user_client.post(url("template_new", subscription), DATA).status_code == 403
