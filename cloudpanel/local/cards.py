"""The card gateway of ``make run``: localstripe on loopback, so that a newcomer can pay with 4242 4242 4242 4242.

Whoever names keys of their own (``STRIPE_SECRET_KEY``) gets the real Stripe instead.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import MutableMapping

from cloudpanel.local.children import Child
from cloudpanel.local.console import Console
from cloudpanel.local.places import Places
from cloudpanel.local.ports import any_free_port, is_free

USUAL_PORT = 18420
LOCAL_KEYS = {  # they open nothing but the program below
    "STRIPE_SECRET_KEY": "sk_test_panel_local",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_panel_local",
    "STRIPE_WEBHOOK_SECRET": "whsec_panel_local",
}
TEST_CARDS = "4242 4242 4242 4242 pays, 4000 0000 0000 0341 is declined, 4000 0025 0000 3155 asks first"


def offer_cards(environment: MutableMapping[str, str]) -> None:
    """Name keys and addresses in the environment, where localstripe is installed and no keys are named."""
    if importlib.util.find_spec("localstripe") is None or any(name in os.environ for name in LOCAL_KEYS):
        return
    port = os.environ.get("STRIPE_LOCAL_PORT") or (USUAL_PORT if is_free(USUAL_PORT) else any_free_port())
    address = f"http://127.0.0.1:{port}"
    environment.update(
        LOCAL_KEYS, STRIPE_LOCAL_PORT=str(port), STRIPE_API_URL=address, STRIPE_JS_URL=f"{address}/js.stripe.com/v3/"
    )


def has_local_gateway(environment: MutableMapping[str, str]) -> bool:
    return environment.get("STRIPE_SECRET_KEY") == LOCAL_KEYS["STRIPE_SECRET_KEY"]


def card_gateway(places: Places, environment: MutableMapping[str, str], console: Console) -> list[Child]:
    """localstripe, with the cards of the last run; nothing, after saying why, where it is not installed."""
    if not has_local_gateway(environment):
        if "STRIPE_SECRET_KEY" not in environment:
            console.say("Without localstripe nobody can pay by card here; transfers work.")
        return []
    command = [sys.executable, "-m", "cloudpanel.local.stripe_peer", environment["STRIPE_LOCAL_PORT"]]
    command += ["--store", str(places.home / "stripe.pickle")]
    command += ["--webhook", f"{environment['PUBLIC_URL']}/pagos/stripe/"]
    command += ["--webhook-secret", environment["STRIPE_WEBHOOK_SECRET"]]
    return [Child("stripe", command, patience=3.0)]
