"""The baseline of ``bench_engine``: what a Django project does without an engine. One late-acknowledged task, one UPDATE,
the database connection kept."""

from __future__ import annotations

from celery import Celery
from django.conf import settings
from django.db import connection

QUEUE = "bare"

app = Celery("bare", set_as_current=False)
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    task_acks_late=True,
    task_ignore_result=True,
    task_default_queue=QUEUE,
    worker_prefetch_multiplier=1,
    db_reuse_max=settings.CELERY_DB_REUSE_MAX,
)


@app.task(name="bare.update")
def update(row_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bare_thing SET is_done = true WHERE id = %s", [row_id])
