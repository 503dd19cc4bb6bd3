"""Price lists, packages, coupons and promotions: what things cost, and to whom less."""

from __future__ import annotations

from django.contrib import admin

from cloudpanel.core.admin import EditableInline
from marketplace.admin import resources
from marketplace.admin.catalogue import CatalogueAdmin, PriceInline
from marketplace.models import Coupon, Package, PackageLine, Price, PriceList


class ListedPriceInline(EditableInline):
    model = Price
    fields = ["plan", "add_on", "package", "period", "amount", "setup_fee"]
    autocomplete_fields = ["plan", "add_on", "package"]


@admin.register(PriceList)
class PriceListAdmin(CatalogueAdmin):
    resource_classes = [resources.PriceListResource]
    list_display = ["name", "code", "account", "currency", "valid_from", "valid_until"]
    list_filter = ["currency", "valid_from"]
    list_select_related = ["account"]
    search_fields = ["name", "code", "account__legal_name"]
    autocomplete_fields = ["account"]
    inlines = [ListedPriceInline]


@admin.register(Price)
class PriceAdmin(CatalogueAdmin):
    resource_classes = [resources.PriceResource]
    list_display = ["price_list", "plan", "add_on", "package", "period", "amount", "setup_fee"]
    list_filter = ["price_list", "period"]
    list_select_related = ["price_list", "plan__product", "add_on", "package"]
    search_fields = ["plan__name", "add_on__name", "package__name", "price_list__code"]
    autocomplete_fields = ["plan", "add_on", "package"]


class PackageLineInline(EditableInline):
    model = PackageLine
    fields = ["service", "plan", "add_on", "units"]
    autocomplete_fields = ["plan", "add_on"]


@admin.register(Package)
class PackageAdmin(CatalogueAdmin):
    resource_classes = [resources.PackageResource, resources.PackageLineResource]
    list_display = ["name", "slug", "valid_from", "valid_until", "position", "is_active"]
    search_fields = ["name", "slug"]
    inlines = [PackageLineInline, PriceInline]


@admin.register(Coupon)
class CouponAdmin(CatalogueAdmin):
    resource_classes = [resources.CouponResource]
    list_display = [
        "name",
        "code",
        "percent",
        "amount",
        "periods",
        "used_count",
        "max_uses",
        "valid_until",
        "is_active",
    ]
    list_filter = ["is_active", "billing_period"]
    search_fields = ["name", "code"]
    readonly_fields = ["used_count"]
    filter_horizontal = ["products"]
