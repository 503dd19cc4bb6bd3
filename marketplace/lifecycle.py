"""What a kind of service must bring so that the marketplace can sell it, start it, change it and end it.

An app brings one class, named in ``settings.SERVICE_LIFECYCLES[kind]`` and loaded by
``cloudpanel.core.drivers.get_lifecycle``. The marketplace knows nothing else about the kind.

The verbs that talk to the remote system (``activate``, ``change``, ``suspend``, ``resume``, ``terminate``) run in a
worker, outside any transaction, and may raise what ``cloudpanel.provisioning.errors`` lists. Each is an *ensure*: it
may be called again after a crash, and then finds its work done. The hooks in the past tense run inside the transaction
that settles the job: they move the kind's own rows, log and notify, and must not call out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils.formats import number_format

from accounts.actors import Actor
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.provisioning.operations import Result

if TYPE_CHECKING:
    from marketplace.models import Subscription

Text = Any  # a str, or a lazy translation of one


class _Amount(int):
    """A count that reads ``5,000``."""

    def __str__(self) -> str:
        return number_format(int(self), use_l10n=True, force_grouping=True)


@dataclass(frozen=True, slots=True)
class ResourceWords:
    """How a resource is called. ``counted`` is an ``ngettext_lazy(…, "count")``: ``%(count)s buzones``; ``unit`` is
    for bars and tables, where the name stands apart: ``GB``."""

    name: Text
    counted: Any
    unit: Text = ""

    def describe(self, count: int) -> str:
        return str(self.counted % {"count": _Amount(count)})


@dataclass(frozen=True, slots=True)
class Traits:
    """In what a kind of service differs from most. A lifecycle names its own as ``traits``."""

    shop: str = ""  # name of the address at which it is bought, instead of the pages of the marketplace
    is_fixed: bool = False  # bought whole: no other plan, no add-ons later, nothing back before it runs out
    has_own_list: bool = False  # not in the menu: there may be hundreds
    is_slow: bool = False  # it may take weeks until it works
    gives_money_back: bool = False  # what the remote side refuses for good is cancelled and paid back by itself


class ServiceLifecycle(Protocol):
    """One stateless instance per process serves all subscriptions of its kind."""

    label: Text  # heading of the kind in *Otros servicios*
    description: Text  # one sentence below it
    icon: str  # Tabler icon name, without "ti-"
    driver: str  # entry of settings.DRIVERS whose queue and circuit breaker the verbs use; "" for none
    resources: Mapping[str, ResourceWords]  # every resource code that plans and add-ons of this kind may sell

    def prepare(self, subscription: Subscription, *, actor: Actor) -> None:
        """Inside the confirming transaction: the local rows that must exist before any remote work. The subscription
        and its resources are already there. Few statements: a person is waiting."""

    def activate(self, subscription: Subscription) -> Result:
        """Makes the service exist remotely."""

    def activated(self, subscription: Subscription) -> None:
        """The subscription has just become active."""

    def change(self, subscription: Subscription, included: Mapping[str, int]) -> Result:
        """Makes the remote side grant ``included`` (resource code → whole new amount, not the difference)."""

    def changed(self, subscription: Subscription) -> None:
        """The new amounts are in ``subscription.resources``."""

    def suspend(self, subscription: Subscription) -> Result:
        """Nobody can use the service; nothing is lost."""

    def resume(self, subscription: Subscription) -> Result:
        """Undoes ``suspend``."""

    def terminate(self, subscription: Subscription) -> Result:
        """Removes what ``activate`` may have made, also when it only got half-way or never began."""

    def terminated(self, subscription: Subscription) -> None:
        """The subscription is over."""

    # Optional: ``traits``, and
    # def driver_of(self, subscription: Subscription) -> str:
    #     Where the kind speaks to several remote systems: the entry of settings.DRIVERS for this one.
    # def renewal_paid(self, subscription: Subscription, periods: int) -> None:
    #     Inside the transaction in which a payment is booked: so many periods more are paid.

    def panel_url(self, subscription: Subscription) -> str:
        """Address of the kind's own panel for this subscription. Called once per row of lists: no queries."""


def traits_of(kind: str) -> Traits:
    found: Traits = getattr(get_lifecycle(kind), "traits", Traits())
    return found


def kinds_with_own_list() -> list[str]:
    return [kind for kind in settings.SERVICE_LIFECYCLES if traits_of(kind).has_own_list]


def kinds_with_own_shop() -> list[str]:
    return [kind for kind in settings.SERVICE_LIFECYCLES if traits_of(kind).shop]


def driver_of(subscription: Subscription) -> str:
    """The queue in which what is to be done for ``subscription`` waits."""
    lifecycle = get_lifecycle(subscription.kind)
    of_subscription = getattr(lifecycle, "driver_of", None)
    return str(of_subscription(subscription) if of_subscription else lifecycle.driver)


def lifecycle_of(subscription: Subscription) -> ServiceLifecycle:
    """The lifecycle of this subscription's kind; KeyError when its app is not installed."""
    lifecycle: ServiceLifecycle = get_lifecycle(subscription.kind)
    return lifecycle
