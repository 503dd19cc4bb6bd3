"""The screens of Usuarios know services only by what their lifecycles tell."""

from __future__ import annotations

import pytest

from tests.users.things import ThingsLifecycle


@pytest.fixture(autouse=True)
def things(settings):
    """What people own: user id → names."""
    settings.SERVICE_LIFECYCLES = {"exchange": "tests.users.things.ThingsLifecycle"}
    ThingsLifecycle.owned = {}
    return ThingsLifecycle.owned
