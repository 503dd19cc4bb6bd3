"""Families, services, plans, add-ons and terms: what is on sale."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from cloudpanel.core.admin import EditableInline, ListAdmin
from cloudpanel.core.staff_files import FilesAdminMixin
from marketplace.admin import resources
from marketplace.models import AddOn, Order, Plan, Price, Product, ServiceFamily, TermsVersion


class CatalogueAdmin(FilesAdminMixin, ListAdmin):  # type: ignore[misc]
    list_filter = ["is_active"]


class PlanInline(EditableInline):
    model = Plan
    fields = ["code", "name", "resources", "trial_days", "position", "is_active"]


class AddOnInline(EditableInline):
    model = AddOn
    fields = [
        "code",
        "name",
        "resource",
        "quantity",
        "included_units",
        "min_units",
        "max_units",
        "position",
        "is_active",
    ]


class PriceInline(EditableInline):
    model = Price
    fields = ["price_list", "period", "amount", "setup_fee"]


@admin.register(ServiceFamily)
class ServiceFamilyAdmin(CatalogueAdmin):
    resource_classes = [resources.FamilyResource]
    list_display = ["name", "slug", "position", "is_active"]
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    resource_classes = [resources.ProductResource]
    list_display = ["name", "family", "kind", "is_charged_when_ready", "position", "is_active"]
    list_filter = ["is_active", "family", "kind"]
    list_select_related = ["family"]
    search_fields = ["name"]
    inlines = [PlanInline, AddOnInline]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=[(kind, kind) for kind in settings.SERVICE_LIFECYCLES])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Plan)
class PlanAdmin(CatalogueAdmin):
    resource_classes = [resources.PlanResource]
    list_display = ["name", "product", "trial_days", "position", "is_active"]
    list_select_related = ["product"]
    search_fields = ["name", "code"]
    inlines = [PriceInline]


@admin.register(AddOn)
class AddOnAdmin(CatalogueAdmin):
    resource_classes = [resources.AddOnResource]
    list_display = ["name", "product", "resource", "quantity", "max_units", "is_active"]
    list_select_related = ["product"]
    search_fields = ["name", "code"]
    inlines = [PriceInline]


@admin.register(TermsVersion)
class TermsVersionAdmin(CatalogueAdmin):
    """A version that somebody accepted stays as it was (the database refuses, too): publish a new one."""

    resource_classes = [resources.TermsResource]
    list_display = ["title", "version", "slug", "published_at"]
    list_filter = ["slug"]
    search_fields = ["title", "version"]

    def has_change_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        is_accepted = obj is not None and Order.objects.filter(terms=obj).exists()
        return not is_accepted and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        is_accepted = obj is not None and Order.objects.filter(terms=obj).exists()
        return not is_accepted and super().has_delete_permission(request, obj)
