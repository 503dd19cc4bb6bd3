"""Everything that moves money outside. ``Job.operation`` ``"billing.<name>"`` is ``<name>`` here."""

from billing.operations.bank import book_bank_file
from billing.operations.cards import finish_card_setup, forget_card, read_card, start_card_setup
from billing.operations.charges import charge_invoice, read_charge
from billing.operations.disputes import read_dispute
from billing.operations.mailing import send_invoice
from billing.operations.refunds import refund_payment
from billing.operations.stamping import stamp_document

__all__ = [
    "book_bank_file",
    "charge_invoice",
    "finish_card_setup",
    "forget_card",
    "read_card",
    "read_charge",
    "read_dispute",
    "refund_payment",
    "send_invoice",
    "stamp_document",
    "start_card_setup",
]
