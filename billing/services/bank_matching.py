"""Which invoice a deposit is for. Sure enough to book by itself, or a proposal for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import BankMovement, Invoice
from billing.references import is_reference, near_references
from cloudpanel.core.folding import fold

REFERENCE_LENGTH = 11
SHORTEST = 4  # digits of a reference whose leading zeros a spreadsheet has eaten
MOST_PROPOSALS = 6
MOST_LOOKED_AT = 50
WORDS = frozenset({"de", "del", "la", "las", "los", "el", "y", "sa", "cv", "sc", "rl", "sapi", "srl", "the"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """An invoice that the deposit may be for; ``why`` says what speaks for it, ``score`` orders them."""

    invoice: Invoice
    why: tuple[str, ...]
    score: int


def invoice_of(movement: BankMovement) -> Invoice | None:
    """The one whose reference the transfer carries, whatever its state and the amount. Its leading zeros may be missing
    only when the amount agrees to the centavo. None when nothing, or more than one customer, is named."""
    texts = _texts(movement)
    whole = [run for run in _runs(texts) if len(run) == REFERENCE_LENGTH and is_reference(run)]
    ours = Invoice.objects.filter(
        currency=settings.CURRENCY
    )  # what is owed in dollars is not paid by pesos of that number
    found = list(ours.filter(reference__in=whole).select_related("account"))
    if not found:
        cut = [run.zfill(REFERENCE_LENGTH) for run in _runs(texts) if SHORTEST <= len(run) < REFERENCE_LENGTH]
        maybe = ours.filter(reference__in=[each for each in cut if is_reference(each)]).open()
        found = [invoice for invoice in maybe.select_related("account") if invoice.rest == movement.amount]
    if len({invoice.account_id for invoice in found}) != 1:
        return None
    return min(found, key=lambda invoice: (invoice.rest != movement.amount, invoice.state != "open", invoice.pk))


def proposals_for(movement: BankMovement) -> list[Proposal]:
    """Open invoices with a reference one slip away, of this very amount, of whoever seems to have sent it, or named by
    number; the likeliest first."""
    found: dict[int, tuple[Invoice, list[str], int]] = {}
    for invoice, why, score in _hints(movement):
        known = found.setdefault(invoice.pk, (invoice, [], 0))
        found[invoice.pk] = (invoice, [*known[1], why], known[2] + score)
    ordered = sorted(found.values(), key=lambda each: (-each[2], each[0].due_date, each[0].pk))
    return [Proposal(invoice, tuple(why), score) for invoice, why, score in ordered[:MOST_PROPOSALS]]


def _hints(movement: BankMovement) -> Iterator[tuple[Invoice, str, int]]:
    owed = Invoice.objects.filter(currency=settings.CURRENCY).open().select_related("account")
    texts = _texts(movement)
    near = {each for run in _runs(texts) for each in near_references(run)}
    for invoice in owed.filter(reference__in=near)[:MOST_LOOKED_AT]:
        yield invoice, _("referencia muy parecida"), 4
    named = {int(number) for number in re.findall(r"\bf[- ]?(\d{1,12})\b", fold(" ".join(texts)))}
    for invoice in owed.filter(number__in=named)[:MOST_LOOKED_AT]:
        yield invoice, _("el concepto dice su número"), 3
    for invoice in _of_sender(movement, owed):
        yield invoice, _("el ordenante se llama como el cliente"), 3
    rest = owed.extra(where=["total - paid - credited = %s"], params=[movement.amount])
    for invoice in rest.order_by("due_date", "pk")[:MOST_LOOKED_AT]:
        yield invoice, _("mismo importe"), 2


def _of_sender(movement: BankMovement, owed: Iterable[Invoice]) -> Iterator[Invoice]:
    words = {word for word in re.findall(r"[a-zñ0-9]{3,}", fold(movement.sender)) if word not in WORDS}
    if not words:
        return
    named = Q()
    for word in words:
        named |= Q(account__legal_name__icontains=word)
    text = fold(f"{movement.sender} {movement.concept}")
    for invoice in owed.filter(named)[:MOST_LOOKED_AT]:  # type: ignore[attr-defined]
        theirs = {word for word in re.findall(r"[a-zñ0-9]{3,}", fold(invoice.account.legal_name)) if word not in WORDS}
        if theirs and theirs <= set(re.findall(r"[a-zñ0-9]{3,}", text)):
            yield invoice


def _texts(movement: BankMovement) -> list[str]:
    return [movement.reference, movement.concept, movement.tracking_key]


def _runs(texts: Iterable[str]) -> list[str]:
    """Digits as they were written, and with single blanks, dots and dashes between them left out."""
    runs: list[str] = []
    for text in texts:
        ascii_text = "".join(sign if sign.isascii() else " " for sign in text)
        runs += re.findall(r"\d+", ascii_text)
        runs += [re.sub(r"\D", "", run) for run in re.findall(r"\d+(?:[ .-]\d+)+", ascii_text)]
    return list(dict.fromkeys(runs))


def difference_of(movement: BankMovement, rest: Decimal) -> BankMovement.State:
    """What the amount says about an invoice that lacked ``rest``."""
    if rest <= 0:
        return BankMovement.State.NOT_OWED
    if movement.amount == rest:
        return BankMovement.State.MATCHED
    return BankMovement.State.PARTIAL if movement.amount < rest else BankMovement.State.OVERPAID
