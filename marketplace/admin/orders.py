"""Support's page of orders: read, tried again, cancelled."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, RecordInline, run_on_each
from marketplace.models import Order, OrderItem, OrderLine
from marketplace.services.orders import cancel_order, retry_order


class OrderLineInline(RecordInline):
    model = OrderLine
    fields = ["description", "kind", "units", "included_units", "unit_price", "setup_fee", "discount", "amount"]


class OrderItemInline(RecordInline):
    model = OrderItem
    fields = ["subscription", "job", "provisioning_at", "completed_at", "failure_message"]


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = ["number", "account", "kind", "description", "total", "payment", "state", "created_at"]
    list_filter = ["state", "kind", "invoice__state", "package"]
    list_select_related = ["account", "invoice"]
    search_fields = ["=number", "account__legal_name", "invoice__reference", "coupon_code"]
    ordering = ["-pk"]
    inlines = [OrderItemInline, OrderLineInline]
    actions = ["retry", "cancel"]

    @admin.display(description=gettext_lazy("pago"))
    def payment(self, order: Order) -> str:
        return str(order.payment_state.label)

    @action(description=gettext_lazy("Reintentar"), permissions=["change"])
    def retry(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        actor = actor_of(request)
        done = _("%(count)s pedidos se están intentando de nuevo.")
        whole = orders.select_related("account", "invoice")
        run_on_each(self, request, whole, lambda order: retry_order(actor=actor, order=order), done)

    @action(description=gettext_lazy("Cancelar pedido"), permissions=["change"])
    def cancel(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        actor = actor_of(request)
        done = _("%(count)s pedidos cancelados.")
        whole = orders.select_related("account", "invoice")
        run_on_each(self, request, whole, lambda order: cancel_order(actor=actor, order=order), done)
