"""``"benchmarks.<name>"``: operations whose driver is instant, so that only the engine's own work is measured."""

from __future__ import annotations

from collections.abc import Sequence

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result


def _run(run: JobRun) -> Result:
    return Result(provider_ref="done")


def _run_many(runs: Sequence[JobRun]) -> dict[int, Result | Exception]:
    return {run.job.pk: Result(provider_ref="done") for run in runs}


def _settled(job: Job) -> None:
    """No resource."""


def _settled_many(jobs: Sequence[Job]) -> None:
    """No resource."""


single = Operation(run=_run, succeeded=_settled, failed=_settled, driver="instant", label="Instantánea")
batch = Operation(
    run=_run,
    run_many=_run_many,
    succeeded=_settled,
    succeeded_many=_settled_many,
    failed=_settled,
    driver="instant",
    label="Instantánea",
)
