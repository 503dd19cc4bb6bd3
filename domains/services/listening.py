"""What a registry tells by itself. Nothing of it is believed but which domain it is about: a job asks."""

from __future__ import annotations

import contextlib

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue
from domains.models import Domain
from domains.registries import registries
from domains.services.jobs import hurry


def listen_to_all() -> None:
    """For settings.PERIODIC: one job for each registry; one that is under way is enough."""
    for registry in registries().values():
        with contextlib.suppress(BusinessError):
            enqueue(
                actor=SYSTEM,
                account=None,
                operation="domains.listen_to_registry",
                lock_key=f"domains.messages:{registry.name}",
                params={"registry": registry.name},
                driver=registry.driver_name,
            )


@transaction.atomic
def hear(*, name: str, status: str) -> None:
    """One message. A transfer to us looks again at once; a transfer away is told to the owner; whatever else concerns a
    domain of ours is compared soon. Two entries of ``REGISTRIES`` may share an account and so its queue: whichever of them
    reads the message, the name counts."""
    ours = Domain.objects.alive().exclude(kind=Domain.Kind.EXTERNAL)
    domain = ours.filter(name=name).select_related("last_job").first()
    if domain is None:
        return
    if domain.kind == Domain.Kind.TRANSFER:
        hurry(domain.last_job)
        return
    Domain.objects.filter(pk=domain.pk).update(compared_at=None)
    if status == "pending":
        _tell_of_departure(domain)


def _tell_of_departure(domain: Domain) -> None:
    notify(
        account=domain.account_id,
        users=administrators_of(domain.account_id),
        title=lambda: _("Otro proveedor pidió llevarse %(name)s") % {"name": domain.readable_name},
        body=lambda: _(
            "Si usted lo pidió, no haga nada. Si no, escriba a soporte cuanto antes: podemos rechazarlo durante cinco días."
        ),
        url=reverse("domains:domain", args=[domain.public_id]),
        level="warning",
    )
