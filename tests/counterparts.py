"""The real counterparts a test works against. In CI a missing one is a failure, never a skip."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def is_required() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"} or bool(os.environ.get("REQUIRE_COUNTERPARTS"))


def need(*programs: str) -> Path:
    """The path of the first of ``programs`` that is installed; without any of them the test is skipped, or fails in CI."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN])
    for program in programs:
        found = shutil.which(program, path=search)
        if found is not None:
            return Path(found)
    reason = f"none of {', '.join(programs)} is installed"
    if is_required():
        pytest.fail(reason)
    pytest.skip(reason)
