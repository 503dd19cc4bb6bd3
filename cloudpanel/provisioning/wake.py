"""Rings the bell: asks Celery to look at a job. A lost ring is harmless, the dispatcher finds every due job."""

from __future__ import annotations

import logging

from celery import current_app

logger = logging.getLogger(__name__)
HEARD_WITHIN = 60  # seconds; after that the dispatcher has found the job, and the message is only noise


def ring(job_id: int) -> None:
    """Never raises: the job is committed, and a broker that is away only costs the seconds until the sweep."""
    try:
        current_app.send_task("provisioning.run_job", args=[job_id], expires=HEARD_WITHIN, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client throws, the job is safe in its row
        logger.warning("The broker did not take the ring for job %s: %s", job_id, error)
