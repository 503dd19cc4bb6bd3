"""What an app declares for each remote operation. ``Job.operation`` names one by ``"<app>.<name>"``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.module_loading import import_string

from cloudpanel.provisioning.models import Job


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
    ``succeeded`` and ``failed`` are called inside the settling transaction, with the job's new state already set;
    they move the resource (conditional UPDATEs), write the action log and notify. They must not call out.
    ``run_many`` / ``succeeded_many``: the same for a batch of jobs of this kind at once; ``run_many`` gives for each
    job id a Result or the exception that the single call would have raised.
    """

    run: Callable[[JobRun], Result]
    succeeded: Callable[[Job], None]
    failed: Callable[[Job], None]
    driver: str = ""
    label: str = ""  # Spanish, for the staff page and notifications
    run_many: Callable[[Sequence[JobRun]], Mapping[int, Result | Exception]] | None = None
    succeeded_many: Callable[[Sequence[Job]], None] | None = None
    cancelled: Callable[[Job], None] | None = None  # default: ``failed``
    retried: Callable[[Job], None] | None = None  # a person asked to try a failed job again
    max_attempts: int = 8
    deadline: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(minutes=5)  # longest time without a heartbeat


def get_operation(name: str) -> Operation:
    """``"exchange.create_mailbox"`` → ``exchange.operations.create_mailbox``. ImportError when there is none."""
    app, _, verb = name.rpartition(".")
    operation = import_string(f"{app}.operations.{verb}")
    if not isinstance(operation, Operation):
        raise ImportError(f"{name} is not an Operation")
    return operation
