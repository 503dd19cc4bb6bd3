"""Rings the bell: asks Celery to look at a job. A lost ring is harmless, the sweep finds every due job."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

from cloudpanel.provisioning.tasks import run_job

logger = logging.getLogger(__name__)


def ring(job_id: int) -> None:
    """Never raises: the job is committed, and a broker that is away only costs the seconds until the sweep."""
    try:
        run_job.delay(job_id)
    except OperationalError as error:
        logger.warning("The broker did not take the ring for job %s: %s", job_id, error)
