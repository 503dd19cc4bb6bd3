"""The Celery application. Two tasks only, both in cloudpanel.provisioning.tasks."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")

logger = logging.getLogger(__name__)
# Whoever publishes may be answering a request. Kombu by itself would try for four to six seconds.
IMPATIENT = {"max_retries": 0, "socket_timeout": 1, "socket_connect_timeout": 1}


class LenientAcknowledgement(redis.QoS):  # type: ignore[misc] # kombu has no types
    """A message that cannot be acknowledged any more is no reason to die.

    When Redis goes away while a task with ``acks_late`` runs, kombu 5.7 acknowledges through a channel that is closed
    ('NoneType' object has no attribute 'client'), which is none of the errors that Celery expects, and the whole
    worker ends. Our messages only ring a bell: one that comes again finds nothing to claim.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception as error:  # noqa: BLE001 - whatever the closed channel throws
            logger.warning("The broker went away before it heard that a message is done: %s", error)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception as error:  # noqa: BLE001 - the same
            logger.warning("The broker went away before it could take a message back: %s", error)


redis.Channel.QoS = LenientAcknowledgement
# For the same reason nothing is put back when the connection breaks: kombu would do it over the broken connection.
redis.Channel.do_restore = False


class Panel(Celery):  # type: ignore[misc]
    """Celery, except that publishing gives up at once when the broker is away (consuming waits for it as ever)."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_write(url, **{"transport_options": IMPATIENT, **options})


app = Panel("cloudpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["cloudpanel.provisioning"])
