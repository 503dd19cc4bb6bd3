"""Brings the local databases up to this version of the code, and the demo data into them. A process of its own."""

from __future__ import annotations

import sys

import django
from django.core.management import call_command

UNUSABLE_DATA = 3  # exit status: this code cannot go on from the version that the database is of


def main() -> int:
    django.setup()
    from cloudpanel.core.management.commands.upgrade import UnusableDataError

    try:
        call_command("upgrade")
    except UnusableDataError as refusal:
        print(refusal, flush=True)
        return UNUSABLE_DATA
    call_command("seed_demo", skip_checks=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
