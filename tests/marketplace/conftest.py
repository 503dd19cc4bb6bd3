from __future__ import annotations

import pytest

from marketplace.models import Subscription
from tests.factories import SubscriptionFactory
from tests.marketplace.fake import FakeLifecycle


@pytest.fixture(autouse=True)
def lifecycle(settings) -> type[FakeLifecycle]:
    """The marketplace is tested without any product app: Exchange is played by a fake of the same protocol."""
    settings.SERVICE_LIFECYCLES = {"exchange": "tests.marketplace.fake.FakeLifecycle"}
    FakeLifecycle.reset()
    return FakeLifecycle


@pytest.fixture
def subscription(account) -> Subscription:
    return SubscriptionFactory(account=account)
