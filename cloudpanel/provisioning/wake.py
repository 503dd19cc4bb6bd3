"""Rings the bell: asks Celery to look at a job. A lost ring is harmless, the dispatcher finds every due job."""

from __future__ import annotations

import logging
import time

from celery import current_app

logger = logging.getLogger(__name__)
HEARD_WITHIN = 60  # seconds; after that the dispatcher has found the job, and the message is only noise
REST = 5.0  # seconds without ringing after the broker did not answer: only one request in five seconds waits for it


class Bell:
    def __init__(self) -> None:
        self._resting_until = 0.0

    def ring(self, job_id: int) -> None:
        """Never raises: the job is committed, and a broker that is away only costs the seconds until the sweep."""
        if time.monotonic() < self._resting_until:
            return
        try:
            current_app.send_task("provisioning.run_job", args=[job_id], expires=HEARD_WITHIN, ignore_result=True)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client throws, the job is safe in its row
            self._resting_until = time.monotonic() + REST
            logger.warning("The broker did not take the ring for job %s: %s", job_id, error)


ring = Bell().ring
