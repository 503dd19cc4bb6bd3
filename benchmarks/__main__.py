"""``make bench``: every module ``bench_*.py`` of this package, or those named: ``python -m benchmarks engine list``.

Each has ``run() -> list[Outcome]``. The exit status is 1 when a ratio misses its bar by more than the noise.
Needs the services and the environment of ``python -m cloudpanel.local exec --profile bench`` (data safe on disk, unlike
those of the tests).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import django
from django.core.management import call_command

import benchmarks
from benchmarks.ratio import Outcome

PREFIX = "bench_"


def main(wanted: list[str]) -> int:
    known = [
        each.name.removeprefix(PREFIX) for each in pkgutil.iter_modules(benchmarks.__path__) if PREFIX in each.name
    ]
    unknown = set(wanted) - set(known)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(known)}.")
        return 2
    django.setup()
    call_command("migrate", verbosity=0)
    outcomes: list[Outcome] = []
    for name in wanted or known:
        print(f"\n{name}", flush=True)
        outcomes += importlib.import_module(f"benchmarks.{PREFIX}{name}").run()
    return int(any(outcome.verdict == "FAIL" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
