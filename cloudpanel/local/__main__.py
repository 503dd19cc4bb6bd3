"""``python -m cloudpanel.local``: the commands of local mode."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cloudpanel.local.places import LocalError, Places
from cloudpanel.local.services import run_command, stop_services


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except LocalError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudpanel.local", description=__doc__)
    commands = parser.add_subparsers(required=True)

    commands.add_parser("run", help="the whole panel: make run").set_defaults(command=lambda options: _run())

    execute = commands.add_parser("exec", help="run a command among PostgreSQL and Redis: exec -- pytest -x")
    execute.add_argument("--profile", default="test", help="whose data: test (default), run or bench")
    execute.add_argument("--keep", action="store_true", help="leave the services up for the next exec (then: stop)")
    execute.add_argument("words", nargs=argparse.REMAINDER)
    execute.set_defaults(command=_execute)

    stop = commands.add_parser("stop", help="stop the services that exec --keep left up")
    stop.add_argument("--profile", default="test")
    stop.set_defaults(command=lambda options: stop_services(Places.of(options.profile)))
    return parser


def _run() -> int:
    from cloudpanel.local.supervisor import Supervisor

    return Supervisor().run()


def _execute(options: argparse.Namespace) -> int:
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise LocalError("Say what to run: python -m cloudpanel.local exec -- pytest")
    return run_command(Places.of(options.profile), words, keep=options.keep)


if __name__ == "__main__":
    sys.exit(main())
