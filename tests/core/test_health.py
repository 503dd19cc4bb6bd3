"""/healthz and /readyz: alive is not the same as ready."""

import time

from cloudpanel.provisioning.health import note_worker


def test_a_process_is_alive_without_asking_anybody(client, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_it_is_ready_with_database_redis_and_a_worker(client, db):
    note_worker()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "redis": "ok", "worker": "ok"}


def test_without_a_worker_it_is_not_ready(client, db):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ok", "worker": "failed"}


def test_a_worker_that_has_been_silent_too_long_counts_as_none(client, db, time_machine):
    note_worker()
    time_machine.move_to(time.time() + 31)

    assert client.get("/readyz").json()["worker"] == "failed"


def test_without_redis_it_says_so_and_not_why(client, db, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["redis"] == "failed"
    assert "nowhere" not in answer.content.decode()
