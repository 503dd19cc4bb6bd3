"""What the screen says about a domain: its life and its last job, put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import ACTIVE_STATES, JobState
from domains.models import Domain


@dataclass(frozen=True, slots=True)
class Shown:
    """A word and a tone (``cloudpanel.core.components.TONES``); ``is_moving``: asking again later may show another."""

    code: str
    label: str | Promise
    tone: str
    is_moving: bool = False


TO_PROVE = Shown("to_prove", _("Por comprobar"), "waiting", is_moving=True)
IN_PROCESS = Shown("in_process", _("En proceso"), "progress", is_moving=True)
ATTENTION = Shown("attention", _("Requiere atención"), "danger")
CHANGING = Shown("changing", _("Activo, con cambios en proceso"), "progress", is_moving=True)
AT_REST: Mapping[str, Shown] = {
    Domain.State.PENDING: Shown("pending", _("En proceso"), "progress", is_moving=True),
    Domain.State.ACTIVE: Shown("active", _("Activo"), "success"),
    Domain.State.EXPIRED: Shown("expired", _("Vencido"), "danger"),
    Domain.State.REDEMPTION: Shown("redemption", _("En rescate"), "danger"),
    Domain.State.FAILED: Shown("failed", _("No se logró"), "danger"),
    Domain.State.GONE: Shown("gone", _("Ya no está con nosotros"), "muted"),
    Domain.State.TERMINATED: Shown("terminated", _("Dado de baja"), "muted"),
}


def shown_state(*, kind: str, state: str, job_state: str | None) -> Shown:
    """The one place that decides. ``job_state`` is that of the domain's last job, or None."""
    if kind == Domain.Kind.EXTERNAL and state == Domain.State.PENDING:
        return TO_PROVE
    if state in Domain.OVER:
        return AT_REST[state]
    if job_state == JobState.FAILED:
        return ATTENTION
    if job_state in ACTIVE_STATES:
        return CHANGING if state == Domain.State.ACTIVE else IN_PROCESS
    return AT_REST[state]


def shown_of(domain: Domain) -> Shown:
    """For a row with its ``last_job`` at hand (``select_related``)."""
    job = domain.last_job
    return shown_state(kind=domain.kind, state=domain.state, job_state=job.state if job else None)


def shown_of_values(row: Mapping[str, Any]) -> Shown:
    """The same for a row of ``.values()``."""
    return shown_state(kind=row["kind"], state=row["state"], job_state=row["last_job__state"])
