"""Makes ``.venv`` from the lock file, with the machine's Python and its standard library alone.

``python3 cloudpanel/local/bootstrap.py`` does nothing but compare a stamp when everything is installed already.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
STAMP = VENV / ".installed"
OLDEST = (3, 11)


def main() -> int:
    if sys.version_info < OLDEST:
        return _refuse("The panel needs Python 3.11 or newer. Name it: make run PYTHON=/path/to/python3.11")
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _usable() and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    print("Installing the Python packages of requirements-dev.lock (only now and after it changes)...", flush=True)
    if not _usable() and not _create():
        return _refuse(
            "This Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"
        )
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    if subprocess.run([*pip, "install", "-q", "--require-hashes", "-r", str(LOCK)], check=False).returncode != 0:
        return _refuse("The packages could not be installed; pip says above why. Is the network reachable?")
    STAMP.write_text(wanted)
    return 0


def _usable() -> bool:
    """Whether .venv runs here: not after its Python was removed, or for a user who cannot reach that Python."""
    python = VENV / "bin" / "python"
    return os.access(python, os.X_OK) and (VENV / "pyvenv.cfg").exists()


def _create() -> bool:
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    if _make_venv():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):  # Debian keeps ensurepip in a package of its own
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(["apt-get", "install", "-qy", "python3-venv"], stdout=subprocess.DEVNULL, check=False)
        return _make_venv()
    return False


def _make_venv() -> bool:
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
    return done.returncode == 0


def _refuse(message: str) -> int:
    print(f"\n{message}\n", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
