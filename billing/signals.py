"""The only way in which billing speaks upwards. Both are sent inside the transaction that makes them true."""

from __future__ import annotations

from django.dispatch import Signal

invoice_paid = Signal()
"""``invoice``, ``actor``: nothing is left to be paid. Once per invoice (again only if a payment was taken back)."""

invoice_overdue = Signal()
"""``invoice``, ``actor``: it is open after its due date. Once per invoice, by the periodic run."""
