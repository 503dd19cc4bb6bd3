"""RDAP and WHOIS: who holds a domain."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import cast

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.lookup import DomainLookup
from domains.models import Domain
from domains.services.looking_up import remember_facts

LONGEST = 90.0  # seconds; what is left over is due again by itself


def domain_lookup() -> DomainLookup:
    return cast("DomainLookup", get_driver("lookup"))


def _look_up(run: JobRun) -> Result:
    """Writes what it saw at once: an observation, not a state, and repeating it does no harm."""
    started, done = time.monotonic(), 0
    for domain in Domain.objects.filter(public_id__in=run.params["domains"]):
        if time.monotonic() - started > LONGEST:
            break
        remember_facts(domain, domain_lookup().find(domain.name))
        done += 1
    return Result(data={"asked": done})


def nothing_to_move(job: Job) -> None:
    """An observation is written when it is made."""


def page_of_job(job: Job) -> str:
    ids = job.params["domains"]
    return reverse("domains:domain", args=[ids[0]]) if len(ids) == 1 else reverse("domains:list")


look_up = Operation(
    run=_look_up,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    url=page_of_job,
    driver="lookup",
    label=_("Consultar quién tiene un dominio"),
    max_attempts=3,
    deadline=timedelta(hours=1),
    time_limit=timedelta(minutes=3),
)
