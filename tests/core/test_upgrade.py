"""`manage.py upgrade`: what every new version runs before it starts."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.migrations.recorder import MigrationRecorder


@pytest.fixture(autouse=True)
def _without_mail_directory(monkeypatch):
    """It has tests of its own, and its database is shared by the processes of the suite."""
    monkeypatch.setattr("exchange.management.commands.install_mail_directory.install_schema", lambda *a, **k: 0)


def test_it_changes_nothing_when_everything_is_up_to_date(db):
    before = MigrationRecorder.Migration.objects.count()

    call_command("upgrade")

    assert MigrationRecorder.Migration.objects.count() == before


def test_it_refuses_data_of_a_newer_version(db):
    MigrationRecorder.Migration.objects.create(app="exchange", name="9999_from_the_future")

    with pytest.raises(CommandError, match=r"exchange\.9999_from_the_future"):
        call_command("upgrade")
