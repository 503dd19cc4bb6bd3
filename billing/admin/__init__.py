"""Support's pages for money: documents, payments, the bank, the ledger. States and amounts are moved by actions, never
typed."""

from billing import bank_admin
from billing.admin import documents, ledger, payments

__all__ = ["bank_admin", "documents", "ledger", "payments"]
