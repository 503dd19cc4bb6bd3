"""The *registro de acciones* in words: one sentence for each action, one label for each datum.

``ACTION_TEXTS`` is the only place that knows every action of the product, one file for each area;
tests/accounts/test_every_action_has_words.py fails when an ``action="…"`` in the source has no sentence here.
``%(object)s`` is the object's name at that time.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.log_texts import accounts, billing, domains, exchange, marketplace, provisioning, users
from accounts.log_texts.data import CODED, FIELD_LABELS, HIDDEN, VALUE_TEXTS

__all__ = ["ACTION_TEXTS", "AREAS", "CODED", "FIELD_LABELS", "HIDDEN", "VALUE_TEXTS"]

AREAS = {
    "accounts": _("Cuenta y perfil"),
    "users": _("Usuarios"),
    "marketplace": _("Pedidos y suscripciones"),
    "billing": _("Pagos y facturas"),
    "exchange": _("Exchange"),
    "domains": _("Dominios"),
    "provisioning": _("Operaciones en curso"),
}

ACTION_TEXTS = {
    **accounts.ACTIONS,
    **billing.ACTIONS,
    **marketplace.ACTIONS,
    **domains.ACTIONS,
    **exchange.ACTIONS,
    **provisioning.ACTIONS,
    **users.ACTIONS,
}
