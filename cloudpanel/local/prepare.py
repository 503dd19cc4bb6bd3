"""Brings the local databases up to this version of the code, and the demo data into them. A process of its own."""

from __future__ import annotations

import sys

import django
from django.core.management import call_command

NEWER_DATA = 3  # exit status: the database knows migrations that this code does not


def main() -> int:
    django.setup()
    from cloudpanel.core.management.commands.upgrade import NewerDataError

    try:
        call_command("upgrade")
    except NewerDataError as refusal:
        print(refusal)
        return NEWER_DATA
    call_command("seed_demo", skip_checks=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
