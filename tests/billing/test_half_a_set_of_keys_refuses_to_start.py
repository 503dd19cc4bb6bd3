"""Settings of the gateways: what is half configured, or cannot be right, stops the start with its name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

KEYS = {"STRIPE_SECRET_KEY": "sk_1", "STRIPE_PUBLISHABLE_KEY": "pk_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cloudpanel import settings; print('stripe' in settings.DRIVERS)"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_without_keys_there_is_no_card_gateway():
    assert start(**dict.fromkeys(KEYS, "")).stdout.strip() == "False"


def test_with_all_keys_there_is_one():
    assert start(**KEYS).stdout.strip() == "True"


@pytest.mark.parametrize("missing", KEYS)
def test_half_a_set_refuses_to_start(missing):
    refused = start(**{**KEYS, missing: ""})
    assert refused.returncode != 0
    assert "together, or none of them" in refused.stderr


def test_keys_in_each_others_place_refuse_to_start():
    refused = start(**{**KEYS, "STRIPE_PUBLISHABLE_KEY": "sk_1", "STRIPE_SECRET_KEY": "pk_1"})
    assert "begins with pk_" in refused.stderr


def test_a_clabe_with_a_wrong_digit_refuses_to_start():
    assert "is not a CLABE" in start(TRANSFER_CLABE="646180000000000007").stderr
