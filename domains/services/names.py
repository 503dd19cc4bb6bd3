"""Which names can be bought here, what a year costs, and who has them already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import Account
from cloudpanel.core.domain_names import readable
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain
from domains.registries import Registry, endings_served, registry_of
from marketplace.models import AddOn, BillingPeriod, Plan, Product
from marketplace.services.price_book import PriceBook, price_book

KIND = "domain"
PRIVACY_CODE, RESTORE_PREFIX = "privacidad", "rescate_"


def ending_of(name: str) -> str:
    """What stands behind the first label: every ending that we sell takes names of one label."""
    return name.partition(".")[2]


def most_years(name: str) -> int:
    """How far ahead a registry takes names: Mexican second levels five years, all others ten."""
    return 5 if ending_of(name).endswith(".mx") else 10


def plan_code(ending: str) -> str:
    """Codes take no dots, and no label has an underscore."""
    return ending.replace(".", "_")


def registry_for(name: str, *, field: str = "dominio") -> Registry:
    """BusinessError when nobody here serves its ending."""
    registry = registry_of(ending_of(name))
    if registry is None:
        raise BusinessError(
            _("No trabajamos con la terminación .%(ending)s. Ofrecemos: %(offered)s.")
            % {
                "ending": readable(ending_of(name)),
                "offered": ", ".join(f".{each}" for each in endings_served()) or "—",
            },
            field=field,
        )
    return registry


@dataclass(frozen=True, slots=True)
class Shop:
    """The endings on sale for one customer: those with a registry, a plan and a yearly price."""

    product: Product
    plans: dict[str, Plan]  # by ending
    add_ons: dict[str, AddOn]  # by code
    book: PriceBook

    def price(self, ending: str) -> Decimal | None:
        plan = self.plans.get(ending)
        tag = self.book.of(plan, BillingPeriod.YEARLY) if plan else None
        return tag.amount if tag else None

    def privacy(self, ending: str) -> AddOn | None:
        registry = registry_of(ending)
        add_on = self.add_ons.get(PRIVACY_CODE)
        if registry is None or add_on is None or ending not in registry.private_endings:
            return None
        return add_on if self.book.of(add_on, BillingPeriod.YEARLY) else None

    def privacy_price(self, ending: str) -> Decimal | None:
        add_on = self.privacy(ending)
        tag = self.book.of(add_on, BillingPeriod.YEARLY) if add_on else None
        return tag.amount if tag else None

    def restore(self, ending: str) -> AddOn | None:
        add_on = self.add_ons.get(f"{RESTORE_PREFIX}{plan_code(ending)}")
        return add_on if add_on and self.book.of(add_on, BillingPeriod.YEARLY) else None

    def restore_price(self, ending: str) -> Decimal | None:
        add_on = self.restore(ending)
        tag = self.book.of(add_on, BillingPeriod.YEARLY) if add_on else None
        return tag.setup_fee if tag else None


def shop_for(account: Account) -> Shop | None:
    """None when no domain is on sale. Three statements."""
    plans = list(
        Plan.objects.filter(is_active=True, product__in=Product.objects.on_sale().filter(kind=KIND)).select_related(
            "product__family"
        )
    )
    if not plans:
        return None
    product = plans[0].product
    add_ons = list(AddOn.objects.filter(product=product, is_active=True))
    book = price_book(account, plans=plans, add_ons=add_ons)
    by_code = {plan.code: plan for plan in plans if book.of(plan, BillingPeriod.YEARLY)}
    sold = {ending: by_code[code] for ending in endings_served() if (code := plan_code(ending)) in by_code}
    return Shop(product, sold, {add_on.code: add_on for add_on in add_ons}, book) if sold else None


def require_sold(shop: Shop | None, name: str, *, field: str = "dominio") -> Shop:
    """BusinessError when ``name`` cannot be bought here."""
    registry_for(name, field=field)
    if shop is None or shop.price(ending_of(name)) is None:
        raise BusinessError(
            _("Por ahora no vendemos la terminación .%(ending)s.") % {"ending": readable(ending_of(name))}, field=field
        )
    return shop


def held_already(error: IntegrityError, account: Account, name: str, *, field: str = "") -> BusinessError:
    """The sentence for a name that has a row already; the error itself when it is about something else."""
    if not any(constraint in str(error) for constraint in ("domain_held_once", "domain_once_per_account")):
        raise error
    return held_words(account, name, field=field)


def held_words(account: Account, name: str, *, field: str = "") -> BusinessError:
    mine = Domain.objects.alive().filter(account=account, name=name).first()
    if mine is not None and mine.kind == Domain.Kind.EXTERNAL:
        words = _("%(name)s está en su lista como dominio externo. Para registrarlo aquí, quítelo primero de la lista.")
    elif mine is not None:
        words = _("%(name)s ya está en su cuenta: búsquelo en la lista de dominios.")
    else:
        words = _("%(name)s no se puede pedir: ya se usa en este panel. Si es suyo, escriba a soporte.")
    return BusinessError(words % {"name": readable(name)}, field=field, code="held")


def is_held(names: Iterable[str]) -> set[str]:
    """Those that somebody has, or has ordered, in this panel."""
    alive = Domain.objects.alive().filter(name__in=list(names)).exclude(kind=Domain.Kind.EXTERNAL)
    return set(alive.values_list("name", flat=True))
