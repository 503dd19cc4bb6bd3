"""Reading what is on sale."""

from __future__ import annotations

from django.db.models import F, QuerySet, Value

from cloudpanel.core.folding import Folded, fold
from accounts.models import Account
from marketplace.models import Plan, Product, Subscription, TermsVersion

_SEARCHED = ["name", "summary", "description", "family__name", "family__description"]


def search_products(words: str) -> QuerySet[Product]:
    """Products on sale whose name, texts or family contain every word, whatever its accents and capitals."""
    parts = [part for text in _SEARCHED for part in (F(text), Value(" "))]
    found = Product.objects.on_sale().select_related("family").annotate(searched=Folded(*parts))
    for word in fold(words).split():
        found = found.filter(searched__contains=word)
    return found.order_by("family__position", "position", "name")


def terms_in_force(product: Product) -> TermsVersion:
    """The version that a purchase of ``product`` accepts. What has no terms is not on sale."""
    return TermsVersion.objects.filter(slug=product.terms_slug).latest("published_at", "pk")


def has_had(account: Account, product_id: int) -> bool:
    """Whether the account has, or ever had, a subscription of the product."""
    return Subscription.objects.filter(account=account, product=product_id).exists()


def trial_days_for(account: Account, plan: Plan) -> int:
    """Days of trial that ``account`` gets with ``plan``: only with its first subscription of the product."""
    return plan.trial_days if plan.trial_days and not has_had(account, plan.product_id) else 0
