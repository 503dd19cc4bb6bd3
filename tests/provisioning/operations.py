"""The engine's own operations for tests: ``"tests.provisioning.effect"`` is ``effect`` in this file.

``Script`` says what the driver of a test does; every call leaves its mark in ``Script.calls``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result


def _nothing(job: Job) -> None:
    pass


@dataclass
class Script:
    """Answers by lock key, the last one for ever; without any, success."""

    answers: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))
    calls: list[str] = field(default_factory=list)
    settled: list[tuple[str, str]] = field(default_factory=list)
    in_callback: Callable[[Job], None] = _nothing
    secrets: list[object] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def answer(self, run: JobRun) -> object:
        key = run.job.lock_key
        self.calls.append(key)
        self.secrets.append(run.secret)
        given = self.answers[key]
        answer = given.pop(0) if len(given) > 1 else given[0] if given else Result()
        return answer() if callable(answer) else answer

    def settle(self, job: Job) -> None:
        self.settled.append((job.lock_key, job.state))
        self.in_callback(job)


script = Script()


def _run(run: JobRun) -> Result:
    answer = script.answer(run)
    if isinstance(answer, BaseException):
        raise answer
    return answer  # type: ignore[return-value]


def _run_many(runs):
    script.batches.append(len(runs))
    return {run.job.pk: script.answer(run) for run in runs}


def _settle(job: Job) -> None:
    script.settle(job)


def _settle_many(jobs) -> None:
    for job in jobs:
        script.settle(job)


def _no_address(job: Job) -> str:
    raise LookupError("no page")


lost_page = Operation(run=_run, succeeded=_settle, failed=_settle, url=_no_address, label="Sin página")
effect = Operation(run=_run, succeeded=_settle, failed=_settle, retried=_settle, driver="mail", label="Efecto")
fragile = Operation(run=_run, succeeded=_settle, failed=_settle, driver="mail", label="Frágil", max_attempts=2)
batch = Operation(
    run=_run, run_many=_run_many, succeeded=_settle, succeeded_many=_settle_many, failed=_settle, label="Lote"
)
