"""The environment local mode gives to the panel. Whatever the caller has set already wins."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cloudpanel.local.places import Places
from cloudpanel.local.ports import chosen_port

if TYPE_CHECKING:
    from cloudpanel.local.postgres import Postgres
    from cloudpanel.local.redis import Redis


def local_environment(places: Places, postgres: Postgres, redis: Redis) -> dict[str, str]:
    from cloudpanel.local.postgres import MAIL_DATABASE

    kept = kept_secrets(places.home / "secrets.json")
    defaults = {
        "DJANGO_SETTINGS_MODULE": "cloudpanel.settings",
        "DATABASE_URL": postgres.url(),
        "MAIL_DIRECTORY_URL": postgres.url(MAIL_DATABASE),
        "REDIS_URL": redis.url,
        "LOCAL_MODE": "1",
        "LOCAL_DIR": str(places.base),
        "STATIC_ROOT": str(places.static_root),
        "ACTION_LOG_ANCHOR": str(places.home / "action-log.anchor"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "PUBLIC_URL": f"http://127.0.0.1:{chosen_port()}",
        "PYTHONUNBUFFERED": "1",
        **kept,
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**defaults, **os.environ, "PATH": path}


def kept_secrets(path: Path) -> dict[str, str]:
    """Keys and the demo password of this profile, made at the first start and readable by its owner only."""
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO_PASSWORD": f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(2)}",
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file, indent=1)
    return made
