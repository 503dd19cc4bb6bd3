"""Support's pages for money: documents, payments, the bank, the ledger. States and amounts are moved by actions, never
typed."""

from billing.admin import bank, disputes, documents, ledger, payments

__all__ = ["bank", "disputes", "documents", "ledger", "payments"]
