"""Support's pages: the catalogue is edited and imported here; orders and subscriptions are read and moved."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget, JSONWidget
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import action

from cloudpanel.core.admin import EditableInline, RecordAdmin, RecordInline, run_on_each
from marketplace.models import (
    AddOn,
    Order,
    OrderLine,
    Plan,
    Product,
    ServiceDelegation,
    ServiceFamily,
    Subscription,
    SubscriptionItem,
    SubscriptionResource,
    TermsVersion,
)
from marketplace.services.orders import cancel_order, retry_order


class ProductKey(ForeignKeyWidget):  # type: ignore[misc]
    """A product is named ``familia/servicio`` in files: numbers differ between installations."""

    def __init__(self) -> None:
        super().__init__(Product, "slug")

    def get_queryset(self, value: str, row: Any, *args: Any, **kwargs: Any) -> QuerySet[Product]:
        return Product.objects.select_related("family")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Product | None:
        family, _separator, slug = str(value or "").strip().partition("/")
        found: Product | None = self.get_queryset(value, row).filter(family__slug=family, slug=slug).first()
        if found is None:
            raise ValueError(_("No existe el servicio «%(name)s»; escríbalo como familia/servicio.") % {"name": value})
        return found

    def render(self, value: Product | None, obj: Any = None, **kwargs: Any) -> str:
        return f"{value.family.slug}/{value.slug}" if value else ""


class PlanResource(ModelResource):
    product = Field("product", "product", widget=ProductKey())
    resources = Field("resources", "resources", widget=JSONWidget())

    class Meta:
        model = Plan
        import_id_fields = ("product", "code")
        exclude = ("id",)
        clean_model_instances = True
        skip_unchanged = True


class AddOnResource(ModelResource):
    product = Field("product", "product", widget=ProductKey())

    class Meta:
        model = AddOn
        import_id_fields = ("product", "code")
        exclude = ("id",)
        clean_model_instances = True
        skip_unchanged = True


class CatalogueAdmin(ImportExportMixin, ModelAdmin):  # type: ignore[misc]
    import_form_class = ImportForm
    export_form_class = ExportForm
    list_filter = ["is_active"]


class PlanInline(EditableInline):
    model = Plan
    extra = 0
    fields = ["code", "name", "resources", "trial_days", "position", "is_active"]


class AddOnInline(EditableInline):
    model = AddOn
    extra = 0
    fields = ["code", "name", "resource", "quantity", "included_units", "min_units", "max_units", "position", "is_active"]


@admin.register(ServiceFamily)
class ServiceFamilyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "slug", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "family", "kind", "position", "is_active"]
    list_filter = ["is_active", "family", "kind"]
    list_select_related = ["family"]
    search_fields = ["name"]
    inlines = [PlanInline, AddOnInline]


@admin.register(Plan)
class PlanAdmin(CatalogueAdmin):
    resource_classes = [PlanResource]
    list_display = ["name", "product", "trial_days", "is_active"]
    list_select_related = ["product"]
    search_fields = ["name", "code"]


@admin.register(AddOn)
class AddOnAdmin(CatalogueAdmin):
    resource_classes = [AddOnResource]
    list_display = ["name", "product", "resource", "quantity", "is_active"]
    list_select_related = ["product"]
    search_fields = ["name", "code"]


@admin.register(TermsVersion)
class TermsVersionAdmin(ModelAdmin):  # type: ignore[misc]
    """A version that somebody accepted stays as it was (the database refuses, too): publish a new one."""

    list_display = ["title", "version", "slug", "published_at"]
    search_fields = ["title", "version"]

    def has_change_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        is_accepted = obj is not None and Order.objects.filter(terms=obj).exists()
        return not is_accepted and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        is_accepted = obj is not None and Order.objects.filter(terms=obj).exists()
        return not is_accepted and super().has_delete_permission(request, obj)


class OrderLineInline(RecordInline):
    model = OrderLine
    fields = ["description", "units", "unit_price", "setup_fee", "amount"]


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = ["number", "account", "kind", "description", "total", "payment_state", "state", "created_at"]
    list_filter = ["state", "kind", "payment__state"]
    list_select_related = ["account", "payment"]
    search_fields = ["=number", "account__legal_name", "payment__reference"]
    ordering = ["-pk"]
    inlines = [OrderLineInline]
    actions = ["retry", "cancel"]

    @admin.display(description=gettext_lazy("pago"))
    def payment_state(self, order: Order) -> str:
        return order.payment.get_state_display() if order.payment else _("Sin costo")

    @action(description=gettext_lazy("Reintentar"), permissions=["change"])
    def retry(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        actor = request.actor  # type: ignore[attr-defined]
        done = _("%(count)s pedidos se están intentando de nuevo.")
        whole = orders.select_related("job", "account", "subscription")
        run_on_each(self, request, whole, lambda order: retry_order(actor=actor, order=order), done)

    @action(description=gettext_lazy("Cancelar pedido"), permissions=["change"])
    def cancel(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        actor = request.actor  # type: ignore[attr-defined]
        done = _("%(count)s pedidos cancelados.")
        whole = orders.select_related("job", "payment", "payment__account", "subscription__account")
        run_on_each(self, request, whole, lambda order: cancel_order(actor=actor, order=order), done)


class ResourceInline(RecordInline):
    model = SubscriptionResource
    fields = ["resource", "included", "used"]


class ItemInline(RecordInline):
    model = SubscriptionItem
    fields = ["description", "units", "included_units", "unit_price"]


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
    inlines = [ResourceInline, ItemInline, DelegationInline]
