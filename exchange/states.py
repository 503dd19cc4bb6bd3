"""What the screen says about a mailbox: its commercial state and its last job, put together here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import ACTIVE_STATES, Job, JobState
from exchange.models import Mailbox

REMOVING = frozenset({"exchange.remove_list", "exchange.remove_contact"})
DELETING = frozenset({"exchange.delete_mailbox", "exchange.purge_mailbox"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A word and a tone (``cloudpanel.core.components.TONES``: colour and icon) for each state; ``is_moving``: asking
    again later may show another."""

    code: str
    label: str | Promise
    tone: str
    is_moving: bool = False


IN_PROCESS = Shown("in_process", _("En proceso"), "progress", is_moving=True)
DELETION = Shown("deleting", _("Eliminando"), "progress", is_moving=True)
RESTORING = Shown("restoring", _("Restaurando"), "progress", is_moving=True)
ATTENTION = Shown("attention", _("Requiere atención"), "danger")
ACTIVE = Shown("active", _("Activo"), "success")
NO_PASSWORD = Shown("no_password", _("Sin contraseña"), "waiting")
DISABLED = Shown("disabled", _("Deshabilitado"), "muted")
IN_BIN = Shown("in_bin", _("En la papelera"), "muted")
GONE = Shown("gone", _("Eliminado"), "muted")


def shown_state(
    *, state: str, is_in_bin: bool, has_password: bool, job_operation: str | None, job_state: str | None
) -> Shown:
    """The one place that decides. ``job_*`` are those of the mailbox's last job, or None."""
    if state == Mailbox.State.TERMINATED:
        return GONE
    if job_state in ACTIVE_STATES:
        if job_operation in DELETING:
            return DELETION
        return RESTORING if is_in_bin else IN_PROCESS
    if job_state == JobState.FAILED or state == Mailbox.State.PENDING:
        return ATTENTION
    if is_in_bin:
        return IN_BIN
    if state == Mailbox.State.SUSPENDED:
        return DISABLED
    return ACTIVE if has_password else NO_PASSWORD


def shown_of(mailbox: Mailbox) -> Shown:
    """For a row with its ``last_job`` at hand (``select_related``)."""
    job = mailbox.last_job
    return shown_state(
        state=mailbox.state,
        is_in_bin=mailbox.deleted_at is not None,
        has_password=mailbox.has_password or mailbox.kind == Mailbox.Kind.SHARED,
        job_operation=job.operation if job else None,
        job_state=job.state if job else None,
    )


READY = Shown("ready", _("Activo"), "success")


def shown_of_job(job: Job | None) -> Shown:
    """For lists and contacts, whose whole life is their last job."""
    if job is not None and job.state in ACTIVE_STATES:
        return DELETION if job.operation in REMOVING else IN_PROCESS
    if job is not None and job.state == JobState.FAILED:
        return ATTENTION
    return READY


def shown_of_values(row: dict[str, Any]) -> Shown:
    """For a row of ``.values()`` with ``last_job__operation`` and ``last_job__state``."""
    return shown_state(
        state=row["state"],
        is_in_bin=row["deleted_at"] is not None,
        has_password=row["has_password"],
        job_operation=row["last_job__operation"],
        job_state=row["last_job__state"],
    )
