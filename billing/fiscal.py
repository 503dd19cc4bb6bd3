"""The parties of an invoice as they were on its day, in words and as the CFDI wants them (Anexo 20, CFDI 4.0)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.tax_ids import CFDI_USES, GENERIC_FOREIGN, GENERIC_NATIONAL, ONLY_WITHOUT_EFFECT, TAX_REGIMES

if TYPE_CHECKING:
    from billing.models import CreditNote, Invoice

GENERIC = frozenset({GENERIC_NATIONAL, GENERIC_FOREIGN})
POSTAL_CODE = re.compile(r"[0-9]{5}")
NO_OBLIGATIONS, NO_FISCAL_EFFECT = "616", "S01"
"""Régimen and uso of whoever gives no RFC: the document is for "público en general"."""


@dataclass(frozen=True, slots=True)
class Party:
    """Codes are the SAT's; ``regime`` and ``cfdi_use`` say them in words, too."""

    legal_name: str
    tax_id: str
    regime_code: str
    postal_code: str
    address: str
    cfdi_use_code: str = ""

    @property
    def regime(self) -> str:
        return f"{self.regime_code} · {TAX_REGIMES[self.regime_code][0]}" if self.regime_code in TAX_REGIMES else ""

    @property
    def cfdi_use(self) -> str:
        code = self.cfdi_use_code
        return f"{code} · {CFDI_USES[code]}" if code in CFDI_USES else code


def issuer_of(document: Invoice | CreditNote) -> Party:
    data = document.issuer
    return Party(data["legal_name"], data["tax_id"], data["tax_regime"], data["postal_code"], address_of(data))


def receiver_of(document: Invoice | CreditNote) -> Party:
    """Without RFC and régimen, and a Mexican postal code, no invoice of one's own is possible: the generic RFC stands in.
    To a generic RFC, that of foreigners too, the SAT takes nothing but 616, S01 and the issuer's postal code."""
    data = document.receiver
    name, number, address = data["legal_name"], data["tax_id"], address_of(data)
    if number in GENERIC or not (number and data["tax_regime"] and POSTAL_CODE.fullmatch(data["postal_code"])):
        number = number if number in GENERIC else GENERIC_NATIONAL
        return Party(name, number, NO_OBLIGATIONS, document.issuer["postal_code"], address, NO_FISCAL_EFFECT)
    regime = data["tax_regime"]
    use = NO_FISCAL_EFFECT if regime in ONLY_WITHOUT_EFFECT else document.cfdi_use
    return Party(name, number, regime, data["postal_code"], address, use)


def address_of(data: dict[str, str]) -> str:
    parts = [data["street"], data["postal_code"], data["city"], data["state"]]
    seen: list[str] = []
    for part in parts:
        if part and part not in seen:
            seen.append(part)
    return ", ".join(seen)
