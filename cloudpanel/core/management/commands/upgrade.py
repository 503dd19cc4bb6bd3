"""``manage.py upgrade``: both databases brought to this version of the code, or a clear refusal."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class UnusableDataError(CommandError):
    """The database is not of a version that this one can go on from; running on it could destroy what we do not understand."""


@contextmanager
def collecting_less_garbage() -> Iterator[None]:
    """Migrations build tens of thousands of short-lived classes, and looking for garbage among them so often is an eighth of
    their time. Not at all would be a third, and 800 MB of memory."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _listed(migrations: set[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{app}.{name}" for app, name in migrations))


class Command(BaseCommand):
    help = "Migrates the database and the mail directory; refuses data of a newer version. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        applied = set(MigrationRecorder(connection).applied_migrations())
        on_disk = MigrationLoader(None).disk_migrations
        self._refuse_unusable(applied, on_disk)
        if set(on_disk) - applied:
            with collecting_less_garbage():
                call_command("migrate", verbosity=options["verbosity"], interactive=False, skip_checks=True)
            self._gather_statistics()
        call_command("createcachetable", verbosity=0)
        call_command("install_mail_directory", skip_checks=True)

    @staticmethod
    def _refuse_unusable(applied: set[tuple[str, str]], on_disk: dict[tuple[str, str], Migration]) -> None:
        known = set(on_disk)
        for key, migration in on_disk.items():
            known.update(replaced := set(migration.replaces))
            gone = replaced - applied - set(on_disk)
            if key not in applied and replaced & applied and gone:
                raise UnusableDataError(
                    "The data is from a version of the panel too old for this one, which does without the migrations "
                    + _listed(gone)
                )
        if unknown := applied - known:
            raise UnusableDataError(
                "The data is from a newer version of the panel: this one does not know the migrations "
                + _listed(unknown)
            )

    @staticmethod
    def _gather_statistics() -> None:
        """A column that a migration has just added has no statistics, and nothing would gather them until many rows have
        changed: until then PostgreSQL would plan searches by guesses."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
