"""The two Celery tasks of the whole product."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="provisioning.run_job", ignore_result=True)
def run_job(job_id: int) -> None:
    """Claims and carries out one job, then others that are due; a second delivery finds nothing to claim."""
    from cloudpanel.provisioning.worker import run

    run(job_id)


@shared_task(name="provisioning.dispatch_due_jobs", ignore_result=True)
def dispatch_due_jobs() -> None:
    """Rescues what was lost and runs what is due: jobs, and what the panel does by itself every so often."""
    from cloudpanel.provisioning.health import note_worker
    from cloudpanel.provisioning.periodic import run_periodic
    from cloudpanel.provisioning.sweep import sweep
    from cloudpanel.provisioning.worker import freshen_connection, run_due

    freshen_connection()
    note_worker()
    sweep()
    run_periodic()
    run_due()
