"""The Celery application. Two tasks only, both in cloudpanel.provisioning.tasks."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")

# Whoever publishes may be answering a request. Kombu by itself would try for four to six seconds.
IMPATIENT = {"max_retries": 0, "socket_timeout": 1, "socket_connect_timeout": 1}


class Panel(Celery):
    """Celery, except that publishing gives up at once when the broker is away (consuming waits for it as ever)."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_write(url, **{"transport_options": IMPATIENT, **options})


app = Panel("cloudpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["cloudpanel.provisioning"])
