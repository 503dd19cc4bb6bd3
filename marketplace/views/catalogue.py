"""*Mercado*: families, their services, the search, and the terms."""

from __future__ import annotations

from django.db.models import Min, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import account_required
from marketplace.forms import SearchForm
from marketplace.models import Product, ServiceFamily, TermsVersion
from marketplace.services.catalogue import search_products

WITH_LOWEST_PRICE = {"lowest_price": Min("plans__price", filter=Q(plans__is_active=True))}


@require_safe
@account_required
def families(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    products = Product.objects.on_sale().order_by("position", "name")
    context = {
        "form": form,
        "words": words,
        "found": search_products(words).annotate(**WITH_LOWEST_PRICE) if words else None,
        "families": ServiceFamily.objects.on_sale().prefetch_related(
            Prefetch("products", queryset=products, to_attr="on_sale")
        ),
    }
    return render(request, "marketplace/families.html", context)


@require_safe
@account_required
def family(request: HttpRequest, family: str) -> HttpResponse:
    found = get_object_or_404(ServiceFamily.objects.on_sale(), slug=family)
    products = found.products.on_sale().annotate(**WITH_LOWEST_PRICE).order_by("position", "name")
    return render(request, "marketplace/family.html", {"family": found, "products": products})


@require_safe
@account_required
def terms(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Any version ever published: orders link to the one that they accepted."""
    found = get_object_or_404(TermsVersion, slug=slug, version=version)
    return render(request, "marketplace/terms.html", {"terms": found})
