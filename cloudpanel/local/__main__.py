"""``python -m cloudpanel.local``: the commands of local mode. The Makefile calls them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cloudpanel.local.places import ROOT, LocalError, Places
from cloudpanel.local.services import run_command, running_services, stop_services

TEST_WORKERS = "2"
SHOWN_COMPLAINTS = 40


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except LocalError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudpanel.local", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("run", help="the whole panel").set_defaults(command=_run)

    execute = commands.add_parser("exec", help="run a command among PostgreSQL and Redis: exec -- pytest -x")
    execute.add_argument("--profile", default="test", help="whose data: test (default), run or bench")
    execute.add_argument("--keep", action="store_true", help="leave the services up for the next exec (then: stop)")
    execute.set_defaults(command=_execute)
    test = commands.add_parser("test", help="the whole suite, or what pytest is told: test tests/local -k port")
    test.set_defaults(command=_test)
    bench = commands.add_parser("bench", help="the benchmarks, as ratios")
    bench.set_defaults(command=_bench)
    for each in (execute, test, bench):
        each.add_argument("words", nargs=argparse.REMAINDER)

    stop = commands.add_parser("stop", help="stop the services that exec --keep left up")
    stop.add_argument("--profile", default="test")
    stop.set_defaults(command=lambda options: stop_services(Places.of(options.profile)))
    commands.add_parser("lint", help="every check of the code").set_defaults(command=_lint)
    reset = commands.add_parser("reset", help="throw the local data away")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(command=_reset)
    messages = commands.add_parser("messages", help="bring the English catalogue up to date with the sources")
    messages.add_argument("--check", action="store_true", help="only say which texts lack English")
    messages.set_defaults(command=_messages)
    return parser


def _run(options: argparse.Namespace) -> int:
    from cloudpanel.local.supervisor import Supervisor

    return Supervisor().run()


def _execute(options: argparse.Namespace) -> int:
    words = _words(options)
    if not words:
        raise LocalError("Say what to run: python -m cloudpanel.local exec -- pytest")
    return run_command(Places.of(options.profile), words, keep=options.keep)


def _test(options: argparse.Namespace) -> int:
    from cloudpanel.local.counterparts import install_missing
    from cloudpanel.local.translations import compile_catalogs
    from cloudpanel.local.ui_kit import ensure_ui_kit

    ensure_ui_kit()
    compile_catalogs(ROOT / "locale")
    install_missing()
    os.chdir(ROOT)
    pytest = [sys.executable, "-m", "pytest", "-n", TEST_WORKERS, "--dist", "loadgroup", *_words(options)]
    return run_command(Places.of("test"), pytest)


def _bench(options: argparse.Namespace) -> int:
    os.chdir(ROOT)
    return run_command(Places.of("bench"), [sys.executable, "-m", "benchmarks", *_words(options)])


def _lint(options: argparse.Namespace) -> int:
    from cloudpanel.local.quality import run_checks

    with running_services(Places.of("test")) as environment:
        return run_checks(environment)


def _reset(options: argparse.Namespace) -> int:
    from cloudpanel.local.reset import reset

    return reset(is_sure=options.yes)


def _messages(options: argparse.Namespace) -> int:
    from cloudpanel.local.messages import missing_translations, update_catalog

    if not options.check:
        print(f"{update_catalog()} texts lack their English.")
        return 0
    complaints = missing_translations()
    print("\n".join(complaints[:SHOWN_COMPLAINTS]))
    if len(complaints) > SHOWN_COMPLAINTS:
        print(f"... and {len(complaints) - SHOWN_COMPLAINTS} more")
    return 1 if complaints else 0


def _words(options: argparse.Namespace) -> list[str]:
    words: list[str] = options.words
    return words[1:] if words[:1] == ["--"] else words


if __name__ == "__main__":
    sys.exit(main())
