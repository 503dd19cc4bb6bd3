#!/usr/bin/env python
"""Django's command line; ``manage.py local …`` is the local mode (cloudpanel.local), which needs no settings."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["local"]:
        from cloudpanel.local.__main__ import main as local_main

        sys.exit(local_main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
