"""The card gateway of local mode: there for a newcomer, out of the way of whoever brings keys."""

import pytest

from cloudpanel.local.cards import LOCAL_KEYS, card_gateway, offer_cards
from cloudpanel.local.console import Console
from cloudpanel.local.places import Places


@pytest.fixture
def environment(monkeypatch):
    for name in (*LOCAL_KEYS, "STRIPE_LOCAL_PORT"):
        monkeypatch.delenv(name, raising=False)
    return {"PUBLIC_URL": "http://127.0.0.1:8000"}


def test_a_newcomer_gets_a_gateway_on_loopback(environment, tmp_path):
    offer_cards(environment)
    (child,) = card_gateway(Places("run", tmp_path), environment, Console())
    command = [str(part) for part in child.command]
    assert environment["STRIPE_API_URL"].startswith("http://127.0.0.1:")
    assert "http://127.0.0.1:8000/pagos/stripe/" in command


def test_keys_of_your_own_lead_to_the_real_one(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_mine")
    environment["STRIPE_SECRET_KEY"] = "sk_test_mine"
    offer_cards(environment)
    assert "STRIPE_API_URL" not in environment
    assert card_gateway(Places("run", tmp_path), environment, Console()) == []


def test_without_localstripe_it_says_so(environment, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    offer_cards(environment)
    assert card_gateway(Places("run", tmp_path), environment, Console()) == []
    assert "nobody can pay by card" in capsys.readouterr().out
