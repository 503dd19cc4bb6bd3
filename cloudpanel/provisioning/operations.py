"""What an app declares for each remote operation. ``Job.operation`` names one by ``"<app>.<name>"``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

from cloudpanel.provisioning.models import Job

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Result:
    """What a successful driver call gave. ``data`` goes to ``Job.result``: JSON, no secrets."""

    provider_ref: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobRun:
    """One claimed job, as ``run`` sees it. ``secret`` is the decrypted JobSecret, or None."""

    job: Job
    secret: Any = None

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = self.job.params
        return params


@dataclass(frozen=True, slots=True)
class Operation:
    """How one kind of job runs and settles.

    ``run`` is called outside any transaction; it reads what it needs, calls the driver, and returns a Result or raises
    one of ``provisioning.errors``. It must be an *ensure*: it may be called again after any crash.

    ``succeeded``, ``failed`` and ``cancelled`` are called inside the settling transaction, with the job's new state
    already set; they move the resource (conditional UPDATEs) and log what became of it. They must not call out.
    The engine itself writes the job's own line (``provisioning.job.succeeded``...) and, when a job fails for good,
    notifies the person who asked (or the account's administrators): callbacks need not.

    ``run_many`` / ``succeeded_many``: the same for a batch of jobs of this kind at once; ``run_many`` gives for each
    job id a Result or the exception that the single call would have raised.
    """

    run: Callable[[JobRun], Result]
    succeeded: Callable[[Job], None]
    failed: Callable[[Job], None]
    driver: str = ""
    label: str | _StrPromise = ""  # Spanish, for the staff page and notifications
    run_many: Callable[[Sequence[JobRun]], Mapping[int, Result | Exception]] | None = None
    succeeded_many: Callable[[Sequence[Job]], None] | None = None
    cancelled: Callable[[Job], None] | None = None  # default: ``failed``
    retried: Callable[[Job], None] | None = None  # a person asked to try a failed job again
    url: Callable[[Job], str] | None = None  # where the notification of a failure leads
    max_attempts: int = 8
    deadline: timedelta = timedelta(hours=24)  # from the request to the last moment at which a try may begin
    first_wait: timedelta = timedelta(seconds=5)  # before the second try; doubles from one try to the next
    lease: timedelta = timedelta(minutes=1)  # longest time without a heartbeat
    time_limit: timedelta = timedelta(minutes=2)  # longest time that one call of ``run`` or ``run_many`` may take
    batch_size: int = 200  # most jobs in one call of ``run_many``
    retry_without_secret: bool = False  # ``run`` copes with a secret that is gone (it goes when the job settles)


def get_operation(name: str) -> Operation:
    """``"exchange.create_mailbox"`` → ``exchange.operations.create_mailbox``. ImportError when there is none."""
    app, _, verb = name.rpartition(".")
    if not app:
        raise ImportError(f"{name!r} is not of the form app.verb")
    operation = import_string(f"{app}.operations.{verb}")
    if not isinstance(operation, Operation):
        raise ImportError(f"{name} is not an Operation")
    return operation
