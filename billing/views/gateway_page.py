"""Pages that open Stripe's own form in the customer's browser, and the one exception from the policy that they need."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language

FRAMES = ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"]


def gateway_context(client_secret: str) -> dict[str, Any]:
    """What templates/billing/_gateway.html needs. The secret is good for one form or one charge."""
    return {
        "client_secret": client_secret,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        "gateway_script": settings.STRIPE_JS_URL,
        "gateway_locale": "es-419" if (get_language() or "es").startswith("es") else "en",
    }


def allow_gateway(response: HttpResponse) -> HttpResponse:
    """Scripts, frames and calls of Stripe, on this page only (https://docs.stripe.com/security/guide#content-security-policy)."""
    script = "{0.scheme}://{0.netloc}".format(urlsplit(settings.STRIPE_JS_URL))
    is_real = script == "https://js.stripe.com"
    response._csp_update = {  # django-csp reads it
        "script-src": [script, *(["https://*.js.stripe.com"] if is_real else [])],
        "connect-src": [settings.STRIPE_API_URL],
        **({"frame-src": FRAMES} if is_real else {}),
    }
    response["Cache-Control"] = "no-store"
    return response
