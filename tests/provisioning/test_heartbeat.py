"""The thread that prolongs leases beats for the shortest of them, whatever was held before."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cloudpanel.provisioning import leases
from cloudpanel.provisioning.leases import Heartbeat

LONG = timedelta(hours=1)
PATIENCE = 20  # seconds


@pytest.fixture
def prolonged(monkeypatch) -> Iterator[threading.Event]:
    """Set when the thread wants to prolong anything."""
    beat = threading.Event()
    monkeypatch.setattr(leases, "_prolong", lambda held: beat.set())
    return beat


def test_a_short_lease_after_a_long_one_is_prolonged_in_time(prolonged):
    heartbeat = Heartbeat()
    with heartbeat.holding(uuid.uuid4(), lease=LONG, limit=LONG):
        pass
    with heartbeat.holding(uuid.uuid4(), lease=timedelta(seconds=0.2), limit=LONG):
        assert prolonged.wait(PATIENCE)


def test_a_call_beyond_its_limit_is_prolonged_no_more(prolonged):
    heartbeat = Heartbeat()
    with heartbeat.holding(uuid.uuid4(), lease=timedelta(seconds=0.02), limit=timedelta(seconds=-1)):
        with heartbeat.holding(uuid.uuid4(), lease=timedelta(seconds=0.2), limit=LONG):
            assert prolonged.wait(PATIENCE)
        prolonged.clear()
        assert not prolonged.wait(0.2)
