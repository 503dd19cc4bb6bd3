"""*Mercado*: families, their services, the search, and the terms."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import account_required
from accounts.requests import PanelRequest
from marketplace.forms import SearchForm
from marketplace.models import PackageQuerySet, Product, ServiceFamily, TermsVersion
from marketplace.services.catalogue import search_packages, search_products
from marketplace.services.offers import lowest_prices, package_offers


@require_safe
@account_required
def families(request: PanelRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    products = Product.objects.on_sale().order_by("position", "name")
    among = search_packages(words) if words else None
    context = {
        "form": form,
        "words": words,
        "found": with_prices(request, search_products(words)) if words else None,
        "packages": package_cards(request, among),
        "families": ServiceFamily.objects.on_sale().prefetch_related(
            Prefetch("products", queryset=products, to_attr="on_sale")
        ),
    }
    return render(request, "marketplace/families.html", context)


@require_safe
@account_required
def family(request: PanelRequest, family: str) -> HttpResponse:
    found = get_object_or_404(ServiceFamily.objects.on_sale(), slug=family)
    products = found.products.on_sale().order_by("position", "name")
    return render(request, "marketplace/family.html", {"family": found, "products": with_prices(request, products)})


def with_prices(request: PanelRequest, products: QuerySet[Product]) -> list[dict[str, Any]]:
    """For ``_product_card.html``. What has no price for this account is not for sale to it."""
    rows = list(products.select_related("family"))
    prices = lowest_prices(request.account, rows)
    return [{"product": row, "lowest": prices[row.pk]} for row in rows if row.pk in prices]


def package_cards(request: PanelRequest, among: PackageQuerySet | None) -> list[dict[str, Any]]:
    """For ``_package_card.html``: each package with what it costs by its first period, and what it saves."""
    offers = package_offers(request.account, among)
    return [
        {"package": offer.package, "period": period, "price": offer.price(period), "saving": offer.saving(period)}
        for offer in offers
        for period in offer.periods[:1]
    ]


@require_safe
@account_required
def terms(request: PanelRequest, slug: str, version: str) -> HttpResponse:
    """Any version ever published: orders link to the one that they accepted."""
    found = get_object_or_404(TermsVersion, slug=slug, version=version.replace("\x00", "?"))  # no version has either
    return render(request, "marketplace/terms.html", {"terms": found})
