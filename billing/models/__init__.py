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
from billing.models.payments import Payment, PaymentAllocation, Refund

__all__ = [
    "CREDIT_NOTES",
    "INVOICES",
    "CreditNote",
    "CreditNoteLine",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "Ledger",
    "LedgerEntry",
    "LedgerTransaction",
    "Payment",
    "PaymentAllocation",
    "Refund",
]
