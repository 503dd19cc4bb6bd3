"""``"tests.provisioning.faults.<name>"``: operations on the recording system, with short leases where a test waits."""

from __future__ import annotations

from datetime import timedelta

from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result


def _run(run: JobRun) -> Result:
    recorder = get_driver("recorder")
    with recorder.counted():
        recorder.ensure(run.job.lock_key, str(run.job.public_id))
    return Result(provider_ref=f"ref-{run.job.lock_key}")


def _garbage(run: JobRun) -> Result:
    _run(run)
    return {"status": 0xBAD}  # type: ignore[return-value]


def _settled(job: Job) -> None:
    """No resource: the job's own rows are what these tests look at."""


def _operation(run=_run, **changes):
    defaults = {"driver": "recorder", "label": "Registrar", "first_wait": timedelta(seconds=0.2)}
    return Operation(run=run, succeeded=_settled, failed=_settled, **{**defaults, **changes})


record = _operation()
garbage = _operation(run=_garbage)
single = _operation(driver="single")
brief_lease = _operation(lease=timedelta(seconds=3))
impatient = _operation(lease=timedelta(seconds=2), time_limit=timedelta(seconds=1))
