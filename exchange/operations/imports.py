"""The import desk's work behind the page. None of these talks to the mail system: they prepare the jobs that do."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import TransientError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.operations.common import actor_of
from exchange.services.imports.verifying import OtherHands, verified
from exchange.services.imports.verifying import verify_import as verify_rows

LONG = timedelta(minutes=10)


def import_id(job: Job) -> UUID:
    return UUID(job.params["import"])


def _hand(run: JobRun) -> UUID:
    """Names this claim of the job: whoever had it before may write no more rows."""
    assert run.job.lease_token is not None
    return run.job.lease_token


def _verify(run: JobRun) -> Result:
    try:
        return Result(data={"problem": verify_rows(import_id(run.job), _hand(run))})
    except (OperationalError, OtherHands) as error:
        raise TransientError(f"{type(error).__name__}: {error}") from error


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
