from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from celery import current_app
from django.db import connection

from cloudpanel.local.places import Places
from cloudpanel.provisioning.wake import Bell
from tests.provisioning.faults.world import World, forget_broker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one world, so they stay together on one of xdist's processes."""
    for item in items:
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture(scope="session")
def _world(tmp_path_factory, django_db_blocker) -> Iterator[World]:
    profile = f"faults-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    world = World(Places(profile, Places.of("test").base), tmp_path_factory.mktemp("recorder") / "recorder.sqlite")
    world.begin()
    try:
        yield world
    finally:
        world.end()


@pytest.fixture(scope="session")
def _address(_world) -> dict[str, str]:
    parts = urlsplit(_world.postgres.url())
    return {"NAME": parts.path.lstrip("/"), "HOST": parse_qs(parts.query)["host"][0], "USER": parts.username or ""}


@pytest.fixture(scope="session")
def _schema(_world, _address, django_db_blocker) -> None:
    with django_db_blocker.unblock(), elsewhere(_address):
        _world.build_schema()


@pytest.fixture
def world(_world, _schema, _address, django_db_blocker, settings, monkeypatch) -> Iterator[World]:
    """This test's process speaks to the world's PostgreSQL and Redis; its workers are as the test before left them."""
    settings.DRIVERS = {**settings.DRIVERS, "recorder": {"class": "tests.provisioning.faults.recorder.Recorder"}}
    monkeypatch.setattr("cloudpanel.provisioning.services.ring", Bell().ring)  # one that has had no bad experience
    broker = current_app.conf.broker_url
    with django_db_blocker.unblock(), elsewhere(_address):
        _world.use_broker()
        _world.clear()
        yield _world
        _world.postgres.start(dies_with_parent=True)
        _world.redis.start(dies_with_parent=True)
    current_app.conf.broker_url = broker
    forget_broker()


class elsewhere:
    """The default connection leads to another server, and back."""

    def __init__(self, address: dict[str, str]) -> None:
        self.address = address

    def __enter__(self) -> None:
        connection.close()
        self.kept = {name: connection.settings_dict[name] for name in self.address}
        connection.settings_dict.update(self.address)

    def __exit__(self, *exception: object) -> None:
        connection.close()
        connection.settings_dict.update(self.kept)
