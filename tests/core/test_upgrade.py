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


def test_it_goes_on_from_data_whose_migrations_were_squashed(db):
    rows = MigrationRecorder.Migration.objects
    squashed = rows.get(app="users", name__startswith="0001_squashed")
    rows.filter(pk=squashed.pk).delete()
    for name in ("0001_initial", "0002_user_uploads"):
        rows.get_or_create(app="users", name=name)

    call_command("upgrade")

    assert rows.filter(app="users", name=squashed.name).exists()


def test_it_refuses_data_from_half_of_what_was_squashed(db):
    rows = MigrationRecorder.Migration.objects
    rows.filter(app="users").delete()
    rows.create(app="users", name="0001_initial")

    with pytest.raises(CommandError, match="too old for this one"):
        call_command("upgrade")
