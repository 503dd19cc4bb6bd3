"""Why a bank or Stripe said no, in the customer's words (https://docs.stripe.com/declines/codes).

The sentences never tell a thief more than the bank wants: *lost*, *stolen* and *fraudulent* read like any other refusal.
"""

from __future__ import annotations

from billing.gateways.base import Reason


def gettext_noop(text: str) -> str:
    """Marks a sentence for translation. Whoever shows it translates it; drivers know no Django."""
    return text


GENERIC = gettext_noop("El banco rechazó el cargo sin decir por qué. Intente con otra tarjeta o llame a su banco.")
_FUNDS = gettext_noop("La tarjeta no tiene fondos suficientes.")
_EXPIRED = gettext_noop("La tarjeta está vencida. Agregue la nueva.")
_CVC = gettext_noop("El código de seguridad (CVC) no es correcto.")
_NUMBER = gettext_noop("El número de la tarjeta no es correcto.")
_LIMIT = gettext_noop("El cargo pasa del límite de la tarjeta. Llame a su banco o intente con otra.")
_KIND = gettext_noop("Esta tarjeta no sirve para este tipo de cargo. Intente con otra.")
_CURRENCY = gettext_noop("Esta tarjeta no acepta cargos en esta moneda.")
_AUTHENTICATION = gettext_noop("No se completó la autorización que pidió su banco. Intente de nuevo.")
_AGAIN = gettext_noop("El banco no pudo procesar el cargo. Intente de nuevo en unos minutos.")
_GONE = gettext_noop("La tarjeta ya no está guardada. Agréguela de nuevo.")
_SMALL = gettext_noop("El importe es menor que el mínimo que se puede cobrar con tarjeta. Pague por transferencia.")
_LARGE = gettext_noop("El importe es mayor que el máximo que se puede cobrar con tarjeta. Pague por transferencia.")
_EXPIRY = gettext_noop("La fecha de vencimiento de la tarjeta no es correcta.")

MESSAGES = {
    "insufficient_funds": _FUNDS,
    "expired_card": _EXPIRED,
    "invalid_expiry_month": _EXPIRY,
    "invalid_expiry_year": _EXPIRY,
    "incorrect_cvc": _CVC,
    "invalid_cvc": _CVC,
    "incorrect_number": _NUMBER,
    "invalid_number": _NUMBER,
    "card_velocity_exceeded": _LIMIT,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "card_not_supported": _KIND,
    "service_not_allowed": _KIND,
    "transaction_not_allowed": _KIND,
    "currency_not_supported": _CURRENCY,
    "authentication_required": _AUTHENTICATION,
    "payment_intent_authentication_failure": _AUTHENTICATION,
    "setup_intent_authentication_failure": _AUTHENTICATION,
    "processing_error": _AGAIN,
    "issuer_not_available": _AGAIN,
    "try_again_later": _AGAIN,
    "reenter_transaction": _AGAIN,
    "resource_missing": _GONE,
    "payment_method_unactivated": _GONE,
    "amount_too_small": _SMALL,
    "amount_too_large": _LARGE,
}


def reason_of(code: str, decline_code: str = "") -> Reason:
    """The bank's word (``decline_code``) says more than the gateway's (``code``)."""
    known = next((each for each in (decline_code, code) if each in MESSAGES), "")
    return Reason((decline_code or code or "unknown")[:80], MESSAGES.get(known, GENERIC))
