"""The two Celery tasks of the whole product."""

from celery import shared_task


@shared_task(name="provisioning.run_job", ignore_result=True)
def run_job(job_id: int) -> None:
    """Claims and carries out one job; a second delivery finds nothing to claim."""
    from cloudpanel.provisioning.worker import run

    run(job_id)


@shared_task(name="provisioning.dispatch_due_jobs", ignore_result=True)
def dispatch_due_jobs() -> None:
    """Rescues expired leases and runs what is due: jobs, and what the panel does by itself every so often."""
    from cloudpanel.provisioning.heartbeat import show_life
    from cloudpanel.provisioning.periodic import run_periodic
    from cloudpanel.provisioning.worker import run_due

    show_life()
    run_periodic()
    run_due()
