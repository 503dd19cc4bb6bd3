"""Redis only makes sessions quicker: away or frozen, it costs a fraction of a second, once in a while."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings as configured

from cloudpanel.core import session_cache
from cloudpanel.core.resting import Rest
from cloudpanel.core.session_cache import RestingRedis


@pytest.fixture(autouse=True)
def _awake(monkeypatch):
    monkeypatch.setattr(session_cache, "_rest", Rest(60))
    monkeypatch.setattr(session_cache, "_outdated", set())


@pytest.fixture
def frozen_redis(settings) -> Iterator[str]:
    """Takes connections and never says a word, as a server under SIGSTOP does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        settings.CACHES = {**configured.CACHES, "sessions": {**configured.CACHES["sessions"], "LOCATION": address}}
        yield address


def test_a_frozen_redis_costs_the_first_page_a_moment_and_the_next_ones_nothing(administrator_client, frozen_redis):
    began = time.monotonic()
    for _ in range(3):
        assert administrator_client.get("/notificaciones/").status_code == 200
    assert time.monotonic() - began < 2.5  # three pages at a second for each of three calls would be nine


def test_while_it_rests_nobody_calls_it(frozen_redis):
    session_cache._rest.begin()
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        RestingRedis.from_url(frozen_redis).get("x")
    assert time.monotonic() - began < 0.2


def test_a_session_that_ended_meanwhile_does_not_come_back_with_redis(monkeypatch):
    client = RestingRedis.from_url(configured.REDIS_URL)
    client.set("session-of-ana", "signed in")
    session_cache._rest.begin()
    with pytest.raises(redis.ConnectionError):
        client.delete("session-of-ana")
    monkeypatch.setattr(session_cache, "_rest", Rest(60))
    assert client.get("session-of-ana") is None


def test_reading_outdates_nothing():
    client = RestingRedis.from_url(configured.REDIS_URL)
    session_cache._rest.begin()
    with pytest.raises(redis.ConnectionError):
        client.get("session-of-ana")
    assert not session_cache._outdated
