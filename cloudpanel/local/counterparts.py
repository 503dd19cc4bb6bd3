"""The real programs that tests work against: Dovecot, Chromium and the like. On Debian as root they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "dovecot-imapd": "/usr/lib/dovecot/imap",
    "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
    "dovecot-pgsql": "/usr/lib/dovecot/modules/auth/libdriver_pgsql.so",
    "dovecot-sieve": "/usr/lib/dovecot/modules/lib90_sieve_plugin.so",
    "chromium": "/usr/bin/chromium",
    "knot": "/usr/sbin/knotd",
    "bind9": "/usr/sbin/named",
    "gettext": "/usr/bin/msgfmt",
    "docker-compose": "/usr/bin/docker-compose",
}


def missing_packages() -> list[str]:
    return [package for package, file in PACKAGES.items() if not Path(file).exists()]


def install_missing() -> list[str]:
    """Install what can be installed here; return the Debian packages that are still missing."""
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} for the tests...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        missing = missing_packages()
    if missing:
        print(f"Not installed, so the tests that need them do not run: {', '.join(missing)}", flush=True)
    return missing
