"""Contested charges: what the bank says. They are answered at the gateway."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from billing.models import Dispute
from cloudpanel.core.admin import RecordAdmin


@admin.register(Dispute)
class DisputeAdmin(RecordAdmin):
    list_display = ["gateway_ref", "account", "payment", "amount", "state", "reason", "created_at", "closed_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["payment__account"]
    search_fields = ["gateway_ref", "payment__account__legal_name", "payment__reference"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("cuenta"))
    def account(self, dispute: Dispute) -> str:
        return str(dispute.payment.account)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
