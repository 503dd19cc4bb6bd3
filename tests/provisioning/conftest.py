from __future__ import annotations

import pytest

from accounts.actors import Actor
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import enqueue
from tests.provisioning import operations


@pytest.fixture
def script():
    operations.script.__init__()
    return operations.script


@pytest.fixture
def new_job(account, actor: Actor, script):
    """A queued job of a test operation; ``answers`` are what its driver gives, one call after the other."""

    def make(*answers: object, operation: str = "effect", lock: str = "cosa:1", secret: object = None) -> Job:
        script.answers[lock] = list(answers)
        return enqueue(
            actor=actor,
            account=account,
            operation=f"tests.provisioning.{operation}",
            lock_key=lock,
            params={"cosa": 1},
            secret=secret,
        )

    return make
