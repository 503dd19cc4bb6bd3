"""Price lists, packages, coupons and promotions: what things cost, and to whom less."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from cloudpanel.core.admin import EditableInline
from marketplace.admin import resources
from marketplace.admin.catalogue import CatalogueAdmin, PriceInline
from marketplace.models import Coupon, Package, PackageLine, Price, PriceList


@admin.register(PriceList)
class PriceListAdmin(CatalogueAdmin):
    resource_classes = [resources.PriceListResource]
    list_display = ["name", "code", "account", "currency", "valid_from", "valid_until"]
    list_filter = ["currency", "valid_from"]
    list_select_related = ["account"]
    search_fields = ["name", "code", "account__legal_name"]
    autocomplete_fields = ["account"]
    readonly_fields = ["prices"]

    @admin.display(description=gettext_lazy("precios"))
    def prices(self, price_list: PriceList) -> str:
        """A list has hundreds, more than one form can take."""
        if price_list.pk is None:
            return gettext("Se agregan cuando la lista existe: de uno en uno, o con un archivo.")
        address = f"{reverse('admin:marketplace_price_changelist')}?price_list__id__exact={price_list.pk}"
        count = price_list.prices.count()
        text = ngettext("Ver %(count)s precio de esta lista", "Ver %(count)s precios de esta lista", count) % {
            "count": count
        }
        return format_html(
            '<a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a>', address, text
        )


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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = db_field.related_model.objects.select_related("product")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


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
    formfield_overrides = {models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}
