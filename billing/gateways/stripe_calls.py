"""One call to Stripe: its key, its time limits, and what its errors mean to the engine.

Facts that decided something here (https://docs.stripe.com/api/errors, /api/idempotent_requests):

- An idempotency key gives back the first answer for at least 24 hours, also when that answer was 500. After that the same key
  would do it again, so nothing here relies on keys alone.
- 402 is the card or the bank; 400 and 404 are our own call; 401 and 403 our keys; 409, 429 and 5xx pass by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from billing.gateways.base import Declined
from billing.gateways.reasons import reason_of
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError

PROVIDER = "stripe"
Answer = dict[str, Any]
Params = Mapping[str, Any]

stripe.enable_telemetry = False  # our latencies are nobody else's business


class Refused(PermanentError):
    """Stripe understood the call and will not do it (HTTP 400, 404). ``code`` is Stripe's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__("La pasarela de pagos no acepta esta operación.", detail, provider=PROVIDER)
        self.code = code

    @property
    def is_missing(self) -> bool:
        status = getattr(self.__cause__, "http_status", None)
        return self.code == "resource_missing" or status == 404


class StripeCalls:
    """``timeout``: seconds to connect and to wait for each piece of an answer."""

    def __init__(self, secret_key: str, api_url: str = "https://api.stripe.com", timeout: float = 20.0) -> None:
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_url},
            max_network_retries=0,  # the engine repeats, and looks first
            http_client=stripe.RequestsClient(timeout=(min(timeout, 5.0), timeout)),
        )
        self.api = client.v1

    def call(self, method: Callable[..., Any], *args: Any, params: Params | None = None, key: str = "") -> Answer:
        """``method(*args, params, options)`` as plain data. Raises Declined, Refused, TransientError, ConfigurationError."""
        options = {"idempotency_key": key} if key else {}
        try:
            answer = method(*args, params=dict(params or {}), options=options).to_dict()
        except stripe.StripeError as error:
            raise _translated(error) from error
        except (AttributeError, TypeError, ValueError, KeyError) as error:  # the SDK choked on what it was sent
            raise TransientError(f"unreadable answer: {type(error).__name__}", provider=PROVIDER) from error
        if not isinstance(answer, dict) or not (answer.get("id") or answer.get("object") == "list"):
            raise TransientError("unreadable answer: no object", provider=PROVIDER)
        return answer


def _translated(error: stripe.StripeError) -> Exception:
    detail = f"{type(error).__name__} {error.http_status or ''} {error.code or ''}: {_first_line(error)}"
    if isinstance(error, stripe.CardError):
        reason = reason_of(error.code or "", getattr(error.error, "decline_code", None) or "")
        return Declined(reason.message, code=reason.code, detail=detail, provider=PROVIDER)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return ConfigurationError(detail, provider=PROVIDER)
    if isinstance(error, stripe.RateLimitError | stripe.APIConnectionError):
        return TransientError(detail, provider=PROVIDER)
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
        return Refused(error.code or "", detail)
    return TransientError(detail, provider=PROVIDER)


def _first_line(error: stripe.StripeError) -> str:
    return (str(error.user_message or error).strip() or "-").splitlines()[0][:300]
