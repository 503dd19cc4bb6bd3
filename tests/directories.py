"""Directories for tests that start PostgreSQL: pytest's own are closed to the user it runs as when we are root."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable_directory() -> Iterator[Path]:
    """A directory in /tmp that every user may enter, deleted with all that is in it at the end."""
    directory = Path(tempfile.mkdtemp(prefix="cloudpanel-test-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
