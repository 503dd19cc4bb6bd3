"""A Stripe of the tests' own, one for the whole run, empty for each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.billing.stripe_peer import Peer, Road, running_peer


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def stripe_peer(running_stripe: Peer) -> Peer:
    running_stripe.forget_everything()
    return running_stripe


@pytest.fixture
def road(stripe_peer: Peer) -> Iterator[Road]:
    """A faulty road to ``stripe_peer``; ``road.port`` is where it begins."""
    road = Road(stripe_peer.port)
    road.port = road.start()  # type: ignore[attr-defined]
    yield road
    road.stop()
