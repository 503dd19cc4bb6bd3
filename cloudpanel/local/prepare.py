"""Brings the local database up to this version of the code: migrations, demo data. A process of its own."""

from __future__ import annotations

import sys

import django
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.loader import MigrationLoader

NEWER_DATA = 3  # exit status: the database knows migrations that this code does not


def main() -> int:
    django.setup()
    loader = MigrationLoader(connection)
    unknown = sorted(f"{app}.{name}" for app, name in set(loader.applied_migrations) - set(loader.disk_migrations))
    if unknown:
        print("\n".join(unknown))
        return NEWER_DATA
    if set(loader.graph.nodes) - set(loader.applied_migrations):
        call_command("migrate", verbosity=1, interactive=False, skip_checks=True)
    _create_cache_tables()
    call_command("install_mail_directory", skip_checks=True)
    if "seed_demo" in get_commands():
        call_command("seed_demo", skip_checks=True)
    return 0


def _create_cache_tables() -> None:
    tables = set(connection.introspection.table_names())
    for name in settings.CACHES:
        table = getattr(caches[name], "_table", None)  # of Django's DatabaseCache
        if table is not None and table not in tables:
            call_command("createcachetable", verbosity=0, skip_checks=True)


if __name__ == "__main__":
    sys.exit(main())
