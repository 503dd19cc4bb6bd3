"""What Inicio shows: the services, what is owed, what is in progress and what needs attention. Six queries at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, F, Min, Prefetch, Q, Sum, prefetch_related_objects
from django.utils import timezone

from accounts.models import Membership
from billing.models import Invoice
from cloudpanel.navigation import Navigation, exists, panel_url
from exchange.models import Mailbox
from marketplace.models import Order, Subscription, SubscriptionResource
from marketplace.services.orders import SETTLED
from marketplace.services.usage import ResourceUse, describe_resources

MOST_SERVICES = 12
MOST_ORDERS = 6
MOST_BARS = 2
SOON = timedelta(days=15)
USERS, NEW_USER = "/usuarios/", "/usuarios/nuevo/"
DOMAINS, NEW_DOMAIN = "/dominios/", "/dominios/nuevo/"
MARKET = "/mercado/"


@dataclass(frozen=True, slots=True)
class ServiceTile:
    subscription: Subscription
    url: str
    bars: list[ResourceUse]

    @property
    def ends_soon(self) -> date | None:
        """The day on which it ends because nobody renews it, when that is near."""
        day = self.subscription.period_end
        if self.subscription.auto_renew or day is None or day > timezone.localdate() + SOON:
            return None
        return day


@dataclass(frozen=True, slots=True)
class Owed:
    """``totals``: (currency, amount), one for each currency in which anything is owed."""

    totals: Sequence[tuple[str, Decimal]] = ()
    count: int = 0
    first_due: date | None = None

    @property
    def is_overdue(self) -> bool:
        return self.first_due is not None and self.first_due < timezone.localdate()


@dataclass(frozen=True, slots=True)
class People:
    count: int
    pending: int


@dataclass
class Overview:
    """Each part is read when the page draws it; parts that a role does not see are never read."""

    membership: Membership
    navigation: Navigation
    addresses: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = {"users": USERS, "new_user": NEW_USER, "domains": DOMAINS, "new_domain": NEW_DOMAIN, "market": MARKET}
        if self.membership.is_admin:
            self.addresses = {name: url for name, url in wanted.items() if exists(url)}

    @cached_property
    def services(self) -> list[ServiceTile]:
        shown = self.navigation.services[:MOST_SERVICES]
        prefetch_related_objects(shown, Prefetch("resources", SubscriptionResource.objects.order_by("pk")))
        return [ServiceTile(each, panel_url(each), describe_resources(each)[:MOST_BARS]) for each in shown]

    @property
    def more_services(self) -> int:
        return max(0, len(self.navigation.services) - MOST_SERVICES)

    @property
    def suspended(self) -> list[ServiceTile]:
        return [tile for tile in self.services if tile.subscription.state == Subscription.State.SUSPENDED]

    @cached_property
    def open_orders(self) -> list[Order]:
        """The latest that are not provisioned or not paid yet, those that need somebody first."""
        if not self.membership.is_admin:
            return []
        unpaid = Q(state=Order.State.COMPLETED, invoice__state=Invoice.State.OPEN)
        found = Order.objects.visible_to(self.membership).filter(~Q(state__in=SETTLED) | unpaid)
        found = found.select_related("invoice")
        orders = list(found.order_by("-pk")[:MOST_ORDERS])
        return sorted(orders, key=lambda order: order.state != Order.State.NEEDS_ATTENTION)

    @property
    def troubled_orders(self) -> list[Order]:
        return [order for order in self.open_orders if order.state == Order.State.NEEDS_ATTENTION]

    @cached_property
    def owed(self) -> Owed:
        if not self.membership.is_admin:
            return Owed()
        found = Invoice.objects.visible_to(self.membership).open()
        rest = Sum(F("total") - F("paid") - F("credited"))
        groups = (
            found.order_by("currency")
            .values_list("currency")
            .annotate(owed=rest, count=Count("pk"), due=Min("due_date"))
        )
        rows = list(groups)
        if not rows:
            return Owed()
        totals = [(currency, amount) for currency, amount, _count, _due in rows]
        return Owed(totals, sum(row[2] for row in rows), min(row[3] for row in rows))

    @cached_property
    def people(self) -> People | None:
        if "users" not in self.addresses:
            return None
        waiting = Q(is_pending=True, is_active=True)
        found = Membership.objects.visible_to(self.membership)
        return People(**found.aggregate(count=Count("pk"), pending=Count("pk", filter=waiting)))

    @cached_property
    def mailboxes(self) -> list[Mailbox]:
        """A service user's own."""
        if not self.membership.is_service_user:
            return []
        mine = Mailbox.objects.visible_to(self.membership).listed()
        return list(mine.filter(user_id=self.membership.user_id).order_by("address")[:MOST_SERVICES])

    @property
    def is_new(self) -> bool:
        """A customer with nothing yet."""
        return self.membership.is_admin and not (self.services or self.open_orders)
