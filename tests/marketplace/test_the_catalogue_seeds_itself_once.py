from __future__ import annotations

import pytest

from marketplace.catalogue import seed_catalogue
from marketplace.lifecycle import ServiceLifecycle
from marketplace.models import AddOn, Plan, Price, Product, TermsVersion
from tests.marketplace.fake import FakeLifecycle

pytestmark = pytest.mark.django_db


def test_there_is_something_to_buy():
    seed_catalogue()
    product = Product.objects.on_sale().get()
    assert product.name == "Exchange Administrado"
    assert product.plans.count() == 4
    assert {add_on.resource for add_on in product.add_ons.all()} == {"mailboxes", "storage_gb"}


def test_again_it_makes_nothing():
    assert seed_catalogue()
    assert seed_catalogue() == []


def test_a_price_changed_by_support_survives():
    seed_catalogue()
    Price.objects.filter(plan__code="basico", period="monthly").update(amount=1)
    seed_catalogue()
    assert Price.objects.get(plan__code="basico", period="monthly").amount == 1


def test_every_resource_on_sale_has_words():
    seed_catalogue()
    words: ServiceLifecycle = FakeLifecycle()
    for plan in Plan.objects.all():
        plan.full_clean()
        assert all(code in words.resources for code in plan.resources)
    assert all(add_on.resource in words.resources for add_on in AddOn.objects.all())


def test_the_terms_can_be_read():
    seed_catalogue()
    body = TermsVersion.objects.get().body
    assert "IVA" in body
    assert len(body) > 2000


def test_what_no_app_can_deliver_is_not_on_sale(settings):
    seed_catalogue()
    settings.SERVICE_LIFECYCLES = {}
    assert not Product.objects.on_sale().exists()
