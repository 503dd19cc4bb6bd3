"""``make lint``: everything that can be said about the code without running the product."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudpanel.local.places import ROOT

# Values of the right shape; nothing with them ever runs.
PRODUCTION = {
    "LOCAL_MODE": "0",
    "DEBUG": "0",
    "PUBLIC_URL": "https://panel.example",
    "ALLOWED_HOSTS": "panel.example",
}


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def checks() -> list[Check]:
    python = sys.executable
    module = (python, "-m")
    manage = (python, "manage.py")
    return [
        Check("ruff check", (*module, "ruff", "check", ".")),
        Check("ruff format", (*module, "ruff", "format", "--check", "--quiet", ".")),
        Check(
            "import layers", (python, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")
        ),
        Check("mypy", (*module, "mypy", "--no-error-summary")),
        Check("templates", (*module, "djlint", "--quiet", "--lint", "templates")),
        Check("migrations", (*manage, "makemigrations", "--check", "--dry-run")),
        Check("deployment", (*manage, "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
        Check("English texts", (*module, "cloudpanel.local", "messages", "--check")),
    ]


def run_checks(environment: Mapping[str, str]) -> int:
    """Run every check, show what the failing ones say, and return 1 if any failed."""
    failed = []
    for check in checks():
        began = time.monotonic()
        done = subprocess.run(
            check.command,
            env={**environment, **check.environment, "NO_COLOR": "1"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        word = "ok" if done.returncode == 0 else "FAILED"
        print(f"{check.name:<16} {word:<6} {time.monotonic() - began:5.1f} s", flush=True)
        if done.returncode != 0:
            failed.append(check.name)
            print(done.stdout.rstrip() + os.linesep, flush=True)
    print(f"lint: {'failed: ' + ', '.join(failed) if failed else 'all checks passed'}", flush=True)
    return 1 if failed else 0
