"""The ledger, to be read."""

from __future__ import annotations

from django.contrib import admin

from billing.models import LedgerEntry, LedgerTransaction
from cloudpanel.core.admin import RecordAdmin, RecordInline


class EntryInline(RecordInline):
    model = LedgerEntry
    fields = ["ledger", "amount", "currency"]


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(RecordAdmin):
    list_display = ["key", "kind", "account", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["account"]
    search_fields = ["=key", "account__legal_name"]
    ordering = ["-pk"]
    inlines = [EntryInline]
