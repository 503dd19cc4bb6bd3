"""Support's page of subscriptions."""

from __future__ import annotations

from django.contrib import admin

from cloudpanel.core.admin import RecordAdmin, RecordInline
from marketplace.models import (
    ServiceDelegation,
    Subscription,
    SubscriptionDiscount,
    SubscriptionItem,
    SubscriptionResource,
)


class ResourceInline(RecordInline):
    model = SubscriptionResource
    fields = ["resource", "included", "used"]


class ItemInline(RecordInline):
    model = SubscriptionItem
    fields = ["description", "units", "included_units", "unit_price"]


class DiscountInline(RecordInline):
    model = SubscriptionDiscount
    fields = ["description", "percent", "amount", "periods_left"]


class DelegationInline(RecordInline):
    model = ServiceDelegation
    fields = ["user", "granted_by", "ends_at"]


@admin.register(Subscription)
class SubscriptionAdmin(RecordAdmin):
    list_display = ["name", "account", "plan", "state", "price", "billing_period", "period_end", "auto_renew"]
    list_filter = ["state", "kind", "plan"]
    list_select_related = ["account", "plan__product"]
    search_fields = ["name", "account__legal_name", "=public_id"]
    ordering = ["-pk"]
    inlines = [ResourceInline, ItemInline, DiscountInline, DelegationInline]
