"""The name server of local mode: there where Knot is, out of the way of whoever names one."""

import pytest

from cloudpanel.local import nameserver
from cloudpanel.local.console import Console
from cloudpanel.local.nameserver import name_server, offer_hosting
from cloudpanel.local.places import Places
from domains.drivers.dns.local_knot import KnotSettings, prepared_command


@pytest.fixture
def environment(monkeypatch):
    for name in ("ZONE_PRIMARY_HOST", "ZONE_PRIMARY_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(nameserver, "is_installed", lambda: True)
    return {}


def test_a_newcomer_gets_a_server_on_loopback_with_the_same_key_at_each_start(environment, tmp_path):
    places = Places("run", tmp_path)
    places.home.mkdir()
    offer_hosting(places, environment)
    key = environment["ZONE_KEY_SECRET"]
    offer_hosting(places, environment)
    assert environment["ZONE_PRIMARY_HOST"] == "127.0.0.1"
    assert environment["ZONE_KEY_SECRET"] == key
    assert environment["DOMAIN_LOCAL_SERVER"] == f"127.0.0.1:{environment['ZONE_PRIMARY_PORT']}"


def test_a_server_of_your_own_is_used_instead(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("ZONE_PRIMARY_HOST", "dns.example")
    environment["ZONE_PRIMARY_HOST"] = "dns.example"
    offer_hosting(Places("run", tmp_path), environment)
    assert name_server(Places("run", tmp_path), environment, Console()) == []
    assert "ZONE_KEY_SECRET" not in environment


def test_without_knot_it_says_so(environment, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(nameserver, "is_installed", lambda: False)
    offer_hosting(Places("run", tmp_path), environment)
    assert name_server(Places("run", tmp_path), environment, Console()) == []
    assert "hosts no DNS" in capsys.readouterr().out


def test_secondaries_may_transfer_and_are_told(tmp_path):
    settings = KnotSettings(tmp_path / "knot", 53, "eA==", secondaries=["192.0.2.53"])
    config = prepared_command(settings)[-1].read_text()
    assert config.count("notify: secondaries") == 2
    assert "acl: [panel, secondaries]" in config
