"""The catalogue as files: things are named by their codes, because numbers differ between installations.

Each row says by itself what is wrong with it, in Spanish; with one wrong row nothing is imported."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget, ManyToManyWidget

from accounts.models import Account
from cloudpanel.core.staff_files import FileResource
from marketplace.models import (
    AddOn,
    Coupon,
    Order,
    Package,
    PackageLine,
    Plan,
    Price,
    PriceList,
    Product,
    ServiceFamily,
    TermsVersion,
)


class PathKey(ForeignKeyWidget):  # type: ignore[misc]
    """A row named by a path of codes, such as ``familia/servicio/plan``. Empty is nothing."""

    def __init__(self, model: type[Model], *lookups: str) -> None:
        super().__init__(model, lookups[-1])
        self.lookups = lookups

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        parts = text.split("/")
        rows = self.model._default_manager.filter(**dict(zip(self.lookups, parts, strict=False)))
        found = rows.first() if len(parts) == len(self.lookups) else None
        if found is None:
            shape = "/".join(
                _WORDS[lookup.rpartition("__")[2] + str(len(self.lookups))] for lookup in self.lookups[-1:]
            )
            texts = {"name": text, "thing": self.model._meta.verbose_name, "shape": shape}
            raise ValueError(_("No existe «%(name)s» (%(thing)s); escríbalo como %(shape)s.") % texts)
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "/".join(str(_follow(value, lookup)) for lookup in self.lookups) if value else ""


def _follow(value: Any, lookup: str) -> Any:
    for name in lookup.split("__"):
        value = getattr(value, name)
    return value


_WORDS = {
    "slug1": "su dirección",
    "code1": "su código",
    "legal_name1": "su razón social",
    "slug2": "familia/servicio",
    "code3": "familia/servicio/código",
}


def family_key() -> PathKey:
    return PathKey(ServiceFamily, "slug")


def product_key() -> PathKey:
    return PathKey(Product, "family__slug", "slug")


def plan_key() -> PathKey:
    return PathKey(Plan, "product__family__slug", "product__slug", "code")


def add_on_key() -> PathKey:
    return PathKey(AddOn, "product__family__slug", "product__slug", "code")


class FamilyResource(FileResource):
    class Meta(FileResource.Meta):
        model = ServiceFamily
        import_id_fields = ("slug",)
        exclude = ("id",)


class ProductResource(FileResource):
    family = Field("family", "family", widget=family_key())

    class Meta(FileResource.Meta):
        model = Product
        import_id_fields = ("family", "slug")
        exclude = ("id",)


class PlanResource(FileResource):
    product = Field("product", "product", widget=product_key())

    class Meta(FileResource.Meta):
        model = Plan
        import_id_fields = ("product", "code")
        exclude = ("id",)


class AddOnResource(FileResource):
    product = Field("product", "product", widget=product_key())

    class Meta(FileResource.Meta):
        model = AddOn
        import_id_fields = ("product", "code")
        exclude = ("id",)


class PriceListResource(FileResource):
    account = Field("account", "account", widget=PathKey(Account, "legal_name"))

    class Meta(FileResource.Meta):
        model = PriceList
        import_id_fields = ("code",)
        exclude = ("id",)


class PriceResource(FileResource):
    price_list = Field("price_list", "price_list", widget=PathKey(PriceList, "code"))
    plan = Field("plan", "plan", widget=plan_key())
    add_on = Field("add_on", "add_on", widget=add_on_key())
    package = Field("package", "package", widget=PathKey(Package, "slug"))

    class Meta(FileResource.Meta):
        model = Price
        import_id_fields = ("price_list", "plan", "add_on", "package", "period")
        exclude = ("id",)

    def get_queryset(self) -> QuerySet[Price]:
        found: QuerySet[Price] = super().get_queryset()
        return found.select_related("price_list", "plan__product__family", "add_on__product__family", "package")


class PackageResource(FileResource):
    class Meta(FileResource.Meta):
        model = Package
        import_id_fields = ("slug",)
        exclude = ("id",)


class PackageLineResource(FileResource):
    package = Field("package", "package", widget=PathKey(Package, "slug"))
    plan = Field("plan", "plan", widget=plan_key())
    add_on = Field("add_on", "add_on", widget=add_on_key())

    class Meta(FileResource.Meta):
        model = PackageLine
        import_id_fields = ("package", "service", "plan", "add_on")
        exclude = ("id",)


class ProductKeys(ManyToManyWidget):  # type: ignore[misc]
    """Several ``familia/servicio``, with commas between them."""

    def __init__(self) -> None:
        super().__init__(Product, separator=",", field="slug")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> QuerySet[Product]:
        names = [name for name in str(value or "").split(self.separator) if name.strip()]
        key = product_key()
        return Product.objects.filter(pk__in=[key.clean(name).pk for name in names])

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        key = product_key()
        return self.separator.join(key.render(each) for each in value.select_related("family")) if value else ""


class CouponResource(FileResource):
    products = Field("products", "products", widget=ProductKeys())

    class Meta(FileResource.Meta):
        model = Coupon
        import_id_fields = ("code", "name")
        exclude = ("id", "used_count")


class TermsResource(FileResource):
    class Meta(FileResource.Meta):
        model = TermsVersion
        import_id_fields = ("slug", "version")
        exclude = ("id",)

    def before_save_instance(self, instance: TermsVersion, row: Any, **kwargs: Any) -> None:
        if instance.pk and Order.objects.filter(terms=instance).exists():
            texts = {"terms": instance}
            raise ValueError(_("%(terms)s ya fue aceptada en pedidos y no cambia: publique otra versión.") % texts)
