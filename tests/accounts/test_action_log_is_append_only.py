import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.action_log import log_action
from accounts.models import ActionLogEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(actor, account) -> ActionLogEntry:
    return log_action(
        actor=actor, account=account, action="exchange.mailbox.created", target_name="ana@empresa.example"
    )


def test_a_line_says_who_did_what(entry, administrator):
    assert entry.actor_id == administrator.pk
    assert "Ana Núñez" in entry.actor_name
    assert entry.origin == "127.0.0.1"


def test_the_database_refuses_to_change_a_line(entry):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ActionLogEntry.objects.filter(pk=entry.pk).update(actor_name="Otra persona")


def test_the_database_refuses_to_remove_a_line(entry):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ActionLogEntry.objects.filter(pk=entry.pk).delete()


def test_the_database_refuses_to_empty_the_log(entry):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Off in the test database only: pytest-django empties it by TRUNCATE (tests/conftest.py).
        cursor.execute("ALTER TABLE accounts_actionlogentry ENABLE TRIGGER accounts_actionlog_no_truncate")
        cursor.execute("TRUNCATE accounts_actionlogentry CASCADE")
