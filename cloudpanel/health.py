"""What a load balancer or a person on call asks: is the process alive, and can it do its work?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cloudpanel.provisioning.health import worker_seen_at

logger = logging.getLogger(__name__)
WORKER_SILENCE = timedelta(seconds=30)  # without a worker's sign of life: jobs are not being done


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all; it asks nobody else, so that a sick database restarts no web server."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and a worker are there, else 503; the names of what is missing, never the reasons."""
    checks = {"database": _database, "redis": _redis, "worker": _worker}
    found = {name: _passes(name, check) for name, check in checks.items()}
    return JsonResponse({name: "ok" if is_fine else "failed" for name, is_fine in found.items()}, status=_status(found))


def _status(found: dict[str, bool]) -> int:
    return 200 if all(found.values()) else 503


def _passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is not ready)
        logger.warning("readyz: %s: %s", name, error)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _redis() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    finally:
        client.close()


def _worker() -> bool:
    last = worker_seen_at()
    return last is not None and timezone.now() - last < WORKER_SILENCE
