"""The standing people of every test: Ana administers the account, Diego manages one delegated service, Sofía uses
services, and Enrique administers another customer."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, Membership, Role, User
from cloudpanel.provisioning.models import DriverHealth, Job, JobState
from cloudpanel.provisioning.sweep import sweep
from cloudpanel.provisioning.worker import drain
from tests.factories import AccountFactory, MembershipFactory, UserFactory


@pytest.fixture(autouse=True)
def _fast_and_local(settings):
    """Cheap hashes and no shared Redis: what a test needs of either it asks for."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACTION_LOG_ANCHOR = None  # each test has its own database and its own end of the log
    settings.WHITENOISE_AUTOREFRESH = True  # else every test client reads the whole of static/ first


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Nothing but the moment before the database is made: see ``collecting_less_garbage``."""
    gc.disable()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that need real commits are cleaned by TRUNCATE, which the action log and the ledger would refuse."""
    gc.enable()
    gc.collect()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_actionlogentry DISABLE TRIGGER accounts_actionlog_no_truncate")
        cursor.execute("ALTER TABLE accounts_actionlogseal DISABLE TRIGGER accounts_actionlogseal_no_truncate")
        for table in ("billing_ledgerentry", "billing_ledgertransaction"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")


_EMPTY_WHAT_WAS_FILLED = """
DO $$
DECLARE
    name text;
    has_rows boolean;
BEGIN
    SET LOCAL session_replication_role = replica;  -- neither triggers nor foreign keys: all of it goes
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN
        ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO has_rows;
        IF has_rows THEN EXECUTE format('DELETE FROM %s', name); END IF;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session", autouse=True)
def _empty_only_what_was_filled() -> Iterator[None]:
    """After a test with real commits Django truncates every table and makes its permissions anew: a third of a second
    each time. Most tables are as empty as before."""

    def empty(_test: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_EMPTY_WHAT_WAS_FILLED)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture
def account(db) -> Account:
    return AccountFactory(legal_name="Empresa Demo SA de CV")


@pytest.fixture
def other_account(db) -> Account:
    return AccountFactory(legal_name="Otra Empresa SA de CV")


def member(account: Account, role: Role, name: str, email: str) -> User:
    user = UserFactory(name=name, email=email, password="correcto caballo bateria grapa")
    MembershipFactory(account=account, user=user, role=role)
    return user


@pytest.fixture
def administrator(account) -> User:
    return member(account, Role.ACCOUNT_ADMIN, "Ana Núñez", "ana@empresa.example")


@pytest.fixture
def delegate(account) -> User:
    return member(account, Role.DELEGATE, "Diego Ortiz", "diego@empresa.example")


@pytest.fixture
def service_user(account) -> User:
    return member(account, Role.SERVICE_USER, "Sofía Peña", "sofia@empresa.example")


@pytest.fixture
def stranger(other_account) -> User:
    return member(other_account, Role.ACCOUNT_ADMIN, "Enrique Ruiz", "enrique@otra.example")


@pytest.fixture
def staff(db) -> User:
    return UserFactory(name="Soporte", email="soporte@panel.example", password="x", is_staff=True, is_superuser=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def administrator_client(administrator) -> Client:
    return signed_in(administrator)


@pytest.fixture
def delegate_client(delegate) -> Client:
    return signed_in(delegate)


@pytest.fixture
def service_user_client(service_user) -> Client:
    return signed_in(service_user)


@pytest.fixture
def stranger_client(stranger) -> Client:
    return signed_in(stranger)


@pytest.fixture
def staff_client(staff) -> Client:
    return signed_in(staff)


@pytest.fixture
def actor(administrator) -> Actor:
    return Actor(user=administrator, origin="127.0.0.1")


@pytest.fixture
def membership(administrator) -> Membership:
    return administrator.memberships.get()


@pytest.fixture
def run_jobs(db) -> Callable[..., int]:
    """Plays the worker: carries out the queued jobs here and now, with what they enqueue in turn, until none is left.

    ``run_jobs()`` does not wait for retries and polls: it makes them due. ``run_jobs(honour_run_after=True)`` leaves
    what is not yet due in the queue. Gives the number of tries. Fails when jobs keep coming back (50 rounds).
    """
    return drain_jobs


def drain_jobs(*, honour_run_after: bool = False) -> int:
    done = 0
    for _round in range(50):
        if not honour_run_after:
            Job.objects.filter(state=JobState.QUEUED).update(run_after=timezone.now())
            DriverHealth.objects.update(consecutive_failures=0, open_until=None)
        sweep()
        tried = drain(turn=timedelta(minutes=1))
        if not tried:
            return done
        done += tried
    raise AssertionError("These jobs keep coming back: " + ", ".join(str(job) for job in Job.objects.active()))
