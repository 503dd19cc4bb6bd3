"""Where local mode keeps things: data under ``.local/<profile>/``, sockets under a short path in ``/tmp``."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root: as root it runs as this user
OUTSIDE = Path("/var/lib/cloudpanel-local")  # for trees that user cannot reach, such as /root/panel


class LocalError(Exception):
    """Local mode cannot go on; the message says in plain words why and what to do."""


@dataclass(frozen=True)
class Places:
    """The directories of one profile (``run``, ``test``, ``bench``) of one tree."""

    profile: str
    base: Path

    @classmethod
    def of(cls, profile: str) -> Places:
        base = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").absolute()
        return cls(profile, base)

    @property
    def home(self) -> Path:
        return self.base / self.profile

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """A socket's path may not exceed 107 characters, so sockets do not live in the tree."""
        return Path(f"/tmp/cloudpanel-{os.geteuid()}-{self.fingerprint}")

    @property
    def postgres_sockets(self) -> Path:
        return self.sockets / "pg"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis" / "redis.sock"

    @property
    def postgres_data(self) -> Path:
        if os.geteuid() == 0 and not anyone_can_reach(self.base):
            return OUTSIDE / self.fingerprint / "postgres"
        return self.home / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.home / "redis"

    @property
    def static_root(self) -> Path:
        return self.home / "staticfiles"

    def log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def prepare(self) -> None:
        for directory in (self.base, self.home, self.static_root):
            directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.log("x").parent.mkdir(mode=0o700, exist_ok=True)
        self.redis_data.mkdir(mode=0o700, exist_ok=True)

    def prepare_sockets(self) -> None:
        """Create the socket directories. Raises LocalError when somebody else made them: /tmp is everybody's."""
        self.sockets.mkdir(mode=0o755, exist_ok=True)
        if self.sockets.is_symlink() or self.sockets.stat().st_uid != os.geteuid():
            raise LocalError(f"{self.sockets} belongs to another user. Remove it and try again.")
        self.redis_socket.parent.mkdir(mode=0o700, exist_ok=True)


def anyone_can_reach(path: Path) -> bool:
    """Whether an unprivileged user may walk to ``path`` (each existing parent lets others pass)."""
    resolved = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents) if each.exists())


def current_user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
