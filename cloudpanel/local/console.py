"""The one log of ``make run``: each line says who speaks; colours only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

WIDTH = 8
COLOURS = {"web": 36, "worker": 35, "beat": 34, "dovecot": 33, "panel": 32}
RESET = "\033[0m"


class Console:
    def __init__(self) -> None:
        self.has_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, who: str, text: str) -> None:
        prefix = f"{who:<{WIDTH}}|"
        if self.has_colour:
            prefix = f"\033[{COLOURS.get(who, 37)}m{prefix}{RESET}"
        try:
            print(prefix, text, flush=True)
        except (BrokenPipeError, OSError):  # nobody reads any more: the work goes on
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115

    def say(self, text: str) -> None:
        self.line("panel", text)

    def banner(self, lines: Sequence[str]) -> None:
        rule = "-" * 72
        for text in ("", rule, *lines, rule, ""):
            self.line("panel", text)
