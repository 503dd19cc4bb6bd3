from billing.models.bank import BankFile, BankFileRow, BankMovement
from billing.models.disputes import Dispute
from billing.models.invoices import (
    CREDIT_NOTES,
    INVOICES,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
)
from billing.models.ledger import Ledger, LedgerEntry, LedgerTransaction
from billing.models.methods import CardCharge, CardSetup, GatewayCustomer, PaymentMethod
from billing.models.payments import Payment, PaymentAllocation, Refund
from billing.models.stamps import Stamp
from billing.models.webhooks import ReceivedEvent

__all__ = [
    "CREDIT_NOTES",
    "INVOICES",
    "BankFile",
    "BankFileRow",
    "BankMovement",
    "CardCharge",
    "CardSetup",
    "CreditNote",
    "CreditNoteLine",
    "Dispute",
    "GatewayCustomer",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "Ledger",
    "LedgerEntry",
    "LedgerTransaction",
    "Payment",
    "PaymentAllocation",
    "PaymentMethod",
    "ReceivedEvent",
    "Refund",
    "Stamp",
]
