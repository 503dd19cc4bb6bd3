"""Rings the bell: asks Celery to look at a job. A lost ring is harmless, the dispatcher finds every due job."""

from __future__ import annotations

import logging

from celery import current_app

from cloudpanel.core.resting import Rest

logger = logging.getLogger(__name__)
HEARD_WITHIN = 60  # seconds; after that the dispatcher has found the job, and the message is only noise
REST = 5.0  # seconds without ringing after the broker did not answer: only one request in five seconds waits for it
ENOUGH = 8  # rings that nobody has heard yet; whoever hears one carries out all that is due, so more wake nobody


class Bell:
    def __init__(self) -> None:
        self._rest = Rest(REST)

    def ring(self, job_id: int) -> None:
        """Never raises: the job is committed, and a broker that is away only costs the seconds until the sweep."""
        if self._rest.is_on:
            return
        try:
            self._publish(job_id)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client throws, the job is safe in its row
            self._rest.begin()
            logger.warning("The broker did not take the ring for job %s: %s", job_id, error)

    def _publish(self, job_id: int) -> None:
        with current_app.producer_or_acquire() as producer:
            with producer.channel.conn_or_acquire() as redis:
                unheard = redis.llen(current_app.conf.task_default_queue)
            if unheard < ENOUGH:
                options = {"expires": HEARD_WITHIN, "ignore_result": True, "producer": producer}
                current_app.send_task("provisioning.run_job", args=[job_id], **options)


ring = Bell().ring
