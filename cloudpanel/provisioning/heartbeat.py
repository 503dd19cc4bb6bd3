"""A worker's sign of life: whoever takes dispatch_due_jobs (every few seconds) leaves the time in Redis.

It proves beat, broker and worker together; /readyz reads it.
"""

from __future__ import annotations

import time

import redis
from django.conf import settings

KEY = "provisioning:worker-seen-at"
KEPT = 3600  # seconds


def show_life() -> None:
    """Never in the way of the work itself: without Redis there is simply no sign."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.set(KEY, time.time(), ex=KEPT)
    except redis.RedisError:
        return


def last_sign_of_life() -> float | None:
    """Seconds since 1970 at which a worker was last seen, or None. Raises redis.RedisError without Redis."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        value = client.get(KEY)
    return float(value) if isinstance(value, bytes) else None
