"""What the marketplace calls when a domain is bought, renewed and let go (marketplace.lifecycle).

A domain's row is made at *Confirmar* (:mod:`domains.services.buying`), so there is nothing to prepare. The verbs look
before they act: after a lost answer they find what the first try had made.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actors import Actor
from cloudpanel.provisioning.operations import Result
from domains.models import Domain
from domains.operations import registering
from domains.registries import registries
from domains.services.arriving import arrive, over
from domains.services.jobs import hurry
from domains.services.renewing import note_paid_years
from marketplace.lifecycle import ResourceWords, Traits
from marketplace.models import Subscription

PRIVACY, RESTORE = "privacy", "restore"


class DomainLifecycle:
    """One stateless instance for all subscriptions of kind ``domain``: each is one domain."""

    label = _("Dominios")
    description = _("Registre, transfiera y administre los nombres de su empresa en internet.")
    icon = "world"
    driver = ""
    traits = Traits(shop="domains:new", is_fixed=True, has_own_list=True, is_slow=True, gives_money_back=True)
    resources: Mapping[str, ResourceWords] = {
        PRIVACY: ResourceWords(
            _("Privacidad del titular"),
            ngettext_lazy("%(count)s dominio con privacidad", "%(count)s dominios con privacidad", "count"),
        ),
        RESTORE: ResourceWords(_("Rescate"), ngettext_lazy("%(count)s rescate", "%(count)s rescates", "count")),
    }

    def driver_of(self, subscription: Subscription) -> str:
        """The queue of the domain's registry. A transfer has a job of its own there: this one only waits for it."""
        domain = Domain.objects.filter(subscription=subscription).first()
        is_own = domain is not None and domain.kind != Domain.Kind.TRANSFER and domain.registry in registries()
        return registries()[domain.registry].driver_name if domain and is_own else ""

    def prepare(self, subscription: Subscription, *, actor: Actor) -> None:
        """It is paid: a transfer that waited for that goes on."""
        transferring = Domain.objects.filter(subscription=subscription, kind=Domain.Kind.TRANSFER)
        for domain in transferring.select_related("last_job"):
            hurry(domain.last_job)

    def activate(self, subscription: Subscription) -> Result:
        return registering.activate(subscription)

    def activated(self, subscription: Subscription) -> None:
        arrive(subscription)

    def change(self, subscription: Subscription, included: Mapping[str, int]) -> Result:
        """What was bought is whole: nothing to change."""
        return Result()

    def changed(self, subscription: Subscription) -> None:
        """Nothing of it lives here."""

    def suspend(self, subscription: Subscription) -> Result:
        """What is not renewed runs out by itself; until then it works, because that much is paid."""
        return Result()

    def resume(self, subscription: Subscription) -> Result:
        return Result()

    def renewal_paid(self, subscription: Subscription, periods: int) -> None:
        note_paid_years(subscription, periods)

    def terminate(self, subscription: Subscription) -> Result:
        return registering.terminate(subscription)

    def terminated(self, subscription: Subscription) -> None:
        over(subscription)

    def panel_url(self, subscription: Subscription) -> str:
        return reverse("domains:of_subscription", args=[subscription.public_id])
