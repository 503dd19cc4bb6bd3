"""One remote operation at a time on one domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many
from cloudpanel.provisioning.wake import ring
from domains.models import Domain
from domains.registries import registries

BATCH = 10  # domains of one job of a round


def lock_key(domain: Domain) -> str:
    return f"domains.domain:{domain.public_id}"


def begin(
    *, actor: Actor, domain: Domain, verb: str, secret: Any = None, is_silent: bool = False, **params: Any
) -> Job:
    """A job of this app on the queue of the domain's registry. BusinessError ``operation_in_progress`` while another one
    is at it, ``no_registry`` when nobody serves its ending any more. A silent one is support's: the customer's page does not show
    how it went."""
    registry = registries().get(domain.registry)
    if registry is None:
        raise BusinessError(_("En este momento no podemos hablar con el registro de este dominio."), code="no_registry")
    job = enqueue(
        actor=actor,
        account=domain.account,
        operation=f"domains.{verb}",
        lock_key=lock_key(domain),
        params={"domain": str(domain.public_id), **params},
        secret=secret,
        driver=registry.driver_name,
    )
    if is_silent:
        return job
    Domain.objects.filter(pk=domain.pk).update(last_job=job)
    domain.last_job = job
    return job


def begin_visit(*, actor: Actor, domain: Domain, operation: str) -> None:
    """An operation that goes round among domains, now and for this one. BusinessError ``operation_in_progress``."""
    enqueue(
        actor=actor,
        account=domain.account,
        operation=operation,
        lock_key=f"{operation}:{domain.public_id}",
        params={"domains": [str(domain.public_id)]},
    )


def begin_round(*, operation: str, domains: Sequence[Domain]) -> None:
    """The same for all that are due: jobs of ten domains each."""
    now = timezone.now()
    batches = [domains[start : start + BATCH] for start in range(0, len(domains), BATCH)]
    news = [
        NewJob(f"{operation}:{batch[0].pk}:{now:%Y%m%d%H%M%S}", {"domains": [str(each.public_id) for each in batch]})
        for batch in batches
    ]
    enqueue_many(actor=SYSTEM, account=None, operation=operation, jobs=news)


def hurry(job: Job | None) -> None:
    """A waiting job looks again at once."""
    if job is not None and Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(run_after=timezone.now()):
        transaction.on_commit(lambda: ring(job.pk))
