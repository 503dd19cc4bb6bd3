"""Reading what is on sale."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from accounts.models import Account
from cloudpanel.core.folding import Folded, fold
from marketplace.models import AddOn, Package, PackageQuerySet, Plan, Product, Subscription, TermsVersion

_OF_PRODUCTS = ["name", "summary", "description", "family__name", "family__description", "plan_names", "add_on_names"]
_OF_PACKAGES = ["name", "summary", "description"]
NAMES = Value(" ", output_field=TextField())


def search_products(words: str) -> QuerySet[Product]:
    """Products on sale whose name, texts, family, plans or add-ons contain every word, whatever its accents and
    capitals."""
    found = Product.objects.on_sale().select_related("family")
    found = found.annotate(plan_names=_names_of(Plan), add_on_names=_names_of(AddOn))
    products: QuerySet[Product] = _with_words(found, words, _OF_PRODUCTS)
    return products.order_by("family__position", "position", "name")


def search_packages(words: str) -> PackageQuerySet:
    """The same of packages."""
    packages: PackageQuerySet = _with_words(Package.objects.all(), words, _OF_PACKAGES)
    return packages


def _with_words(found: Any, words: str, fields: list[str]) -> Any:
    parts = [part for field in fields for part in (Coalesce(F(field), Value(""), output_field=TextField()), NAMES)]
    found = found.annotate(searched=Folded(*parts))
    for word in fold(words).split():
        found = found.filter(searched__contains=word)
    return found


def _names_of(model: type[Plan] | type[AddOn]) -> Subquery:
    """The names of all that a product sells of ``model``, in one text."""
    mine = model._default_manager.filter(product=OuterRef("pk"), is_active=True).order_by().values("product")
    return Subquery(mine.annotate(names=StringAgg("name", NAMES)).values("names"))


def terms_in_force(slug: str) -> TermsVersion:
    """The version that a purchase accepts. What has no terms is not on sale."""
    return TermsVersion.objects.filter(slug=slug).latest("published_at", "pk")


def has_had(account: Account, product_id: int) -> bool:
    """Whether the account has, or ever had, a subscription of the product. What was given up before it worked is none."""
    never = Q(state=Subscription.State.TERMINATED, activated_at=None)
    return Subscription.objects.filter(account=account, product=product_id).exclude(never).exists()


def trial_days_for(account: Account, plan: Plan) -> int:
    """Days of trial that ``account`` gets with ``plan``: only with its first subscription of the product."""
    return plan.trial_days if plan.trial_days and not has_had(account, plan.product_id) else 0
