"""The import desk's work behind the page. None of these talks to the mail system: they prepare the jobs that do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import StillRunning, TransientError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.operations.common import actor_of, nothing_to_move
from exchange.services.imports.aliasing import add_aliases
from exchange.services.imports.correcting import Group, correct_many
from exchange.services.imports.finishing import import_ended, import_rows
from exchange.services.imports.hands import OtherHands
from exchange.services.imports.undoing import undo_ended, undo_rows
from exchange.services.imports.verifying import verified
from exchange.services.imports.verifying import verify_import as verify_rows

LONG = timedelta(minutes=10)


def import_id(job: Job) -> UUID:
    return UUID(job.params["import"])


def hand_of(run: JobRun) -> UUID:
    """Names this claim of the job: whoever had it before may write no more rows."""
    assert run.job.lease_token is not None
    return run.job.lease_token


@contextmanager
def again_later() -> Iterator[None]:
    """A deadlock, a restart of the database, another worker that took over: nothing is lost by trying again."""
    try:
        yield
    except (OperationalError, InterfaceError, OtherHands) as error:
        raise TransientError(f"{type(error).__name__}: {error}") from error


def _wait(job: Job, *, at_least: float = 1) -> StillRunning:
    """Eager at first, patient later."""
    age = (timezone.now() - job.created_at).total_seconds()
    return StillRunning("mailboxes are under way", poll_after=min(max(age / 20, at_least), 15))


def _verify(run: JobRun) -> Result:
    with again_later():
        return Result(data={"problem": verify_rows(import_id(run.job), hand_of(run))})


def _verified(job: Job) -> None:
    verified(import_id(job), job.result.get("problem", ""), actor_of(job))


def _not_verified(job: Job) -> None:
    verified(import_id(job), job.user_message, actor_of(job))


verify_import = Operation(
    run=_verify,
    succeeded=_verified,
    failed=_not_verified,
    label=_("Verificar un archivo de buzones"),
    time_limit=LONG,
)


def _correct(run: JobRun) -> Result:
    field, code, value = run.params["group"]
    with again_later():
        correct_many(import_id(run.job), hand_of(run), Group(field, code, value), run.params["new"])
    return Result()


correct_import = Operation(
    run=_correct,
    succeeded=_verified,
    failed=lambda job: verified(import_id(job), "", actor_of(job)),
    label=_("Corregir un archivo de buzones"),
    time_limit=LONG,
)


def _import(run: JobRun) -> Result:
    with again_later():
        is_done = import_rows(import_id(run.job), hand_of(run), actor_of(run.job))
    if not is_done:
        raise _wait(run.job, at_least=3)  # the last chunk wakes it anyway
    return Result()


def _imported(job: Job) -> None:
    import_ended(import_id(job), actor_of(job))


import_mailboxes = Operation(
    run=_import,
    succeeded=_imported,
    failed=_imported,
    label=_("Importar buzones"),
    time_limit=LONG,
    deadline=timedelta(days=3),
    max_attempts=50,
)


def _add_aliases(run: JobRun) -> Result:
    """Somebody who takes one of the addresses in the same moment makes the next try see it."""
    try:
        with again_later():
            return Result(data={"aliases": add_aliases(import_id(run.job), actor_of(run.job))})
    except IntegrityError as error:
        raise TransientError(f"taken meanwhile: {error}") from error


alias_import = Operation(
    run=_add_aliases,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    label=_("Crear los alias de una importación"),
    time_limit=LONG,
)


def _undo(run: JobRun) -> Result:
    with again_later():
        is_done = undo_rows(import_id(run.job), hand_of(run), actor_of(run.job))
    if not is_done:
        raise _wait(run.job)
    return Result()


def _undone(job: Job) -> None:
    undo_ended(import_id(job), actor_of(job))


undo_import = Operation(
    run=_undo,
    succeeded=_undone,
    failed=_undone,
    label=_("Deshacer una importación de buzones"),
    time_limit=LONG,
    deadline=timedelta(days=3),
    max_attempts=50,
)
