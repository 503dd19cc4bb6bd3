"""What local mode tells the panel, and where it keeps things."""

import stat

import pytest

from cloudpanel.local.environment import kept_secrets, local_environment
from cloudpanel.local.places import LocalError, Places, anyone_can_reach
from cloudpanel.local.postgres import Postgres
from cloudpanel.local.redis import Redis
from cloudpanel.local.services import running_services

LONGEST_SOCKET_PATH = 107


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    found = Places.of("test")
    found.prepare()
    return found


def test_sockets_have_short_paths_however_deep_the_tree_lies(tmp_path):
    deep = Places("run", tmp_path / ("d" * 200))

    assert len(str(deep.postgres_sockets / ".s.PGSQL.5432.lock")) < LONGEST_SOCKET_PATH
    assert len(str(deep.redis_socket)) < LONGEST_SOCKET_PATH


def test_two_profiles_share_nothing(tmp_path):
    run, test = Places("run", tmp_path), Places("test", tmp_path)

    assert run.sockets != test.sockets
    assert run.postgres_data != test.postgres_data


def test_what_the_caller_has_set_wins(places, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://panel.example")

    environment = local_environment(places, Postgres(places), Redis(places))

    assert environment["PUBLIC_URL"] == "https://panel.example"


def test_secrets_are_made_once_and_read_by_their_owner_only(tmp_path):
    path = tmp_path / "secrets.json"

    first = kept_secrets(path)

    assert kept_secrets(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_of_yours_needs_its_mail_directory_named_too(places, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://yo@127.0.0.1/panel")
    monkeypatch.delenv("MAIL_DIRECTORY_URL", raising=False)

    with pytest.raises(LocalError, match="MAIL_DIRECTORY_URL"), running_services(places):
        pass


def test_a_directory_only_its_owner_may_enter_cannot_be_reached_by_anyone(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert not anyone_can_reach(closed / "within")


def test_a_socket_directory_of_somebody_else_is_refused(places, monkeypatch):
    monkeypatch.setattr(Places, "sockets", property(lambda self: self.base / "sockets"))
    (places.base / "elsewhere").mkdir()
    places.sockets.symlink_to(places.base / "elsewhere")

    with pytest.raises(LocalError, match="belongs to another user"):
        places.prepare_sockets()
