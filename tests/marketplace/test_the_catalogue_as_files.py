"""Export and import of the catalogue: the round trip changes nothing, a wrong row says in Spanish what is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tablib import Dataset

from marketplace.admin import resources
from marketplace.catalogue import seed_catalogue
from marketplace.models import Coupon, PackageLine, Plan, Price, PriceList, Product, TermsVersion

pytestmark = pytest.mark.django_db
EVERYTHING = [
    resources.FamilyResource,
    resources.ProductResource,
    resources.PlanResource,
    resources.AddOnResource,
    resources.PackageResource,
    resources.PackageLineResource,
    resources.PriceListResource,
    resources.PriceResource,
    resources.CouponResource,
    resources.TermsResource,
]
PRICE = {
    "price_list": "general",
    "plan": "correo-y-colaboracion/exchange-administrado/basico",
    "add_on": "",
    "package": "",
    "period": "monthly",
    "amount": "700.00",
    "setup_fee": "0.00",
}


@pytest.fixture(autouse=True)
def catalogue(db) -> None:
    seed_catalogue()
    Coupon.objects.get().products.set(Product.objects.all())


def load(resource: type, *rows: dict[str, str]):
    file = Dataset(headers=list(rows[0]))
    for row in rows:
        file.append(list(row.values()))
    return resource().import_data(file, use_transactions=True, rollback_on_validation_errors=True)


def errors_of(result) -> str:
    rows = [str(error.error) for row in result.rows for error in row.errors]
    return " ".join(rows + [str(row.error) for row in result.invalid_rows])


@pytest.mark.parametrize("resource", EVERYTHING)
def test_what_was_exported_can_be_imported_and_changes_nothing(resource):
    file = Dataset().load(resource().export().csv, format="csv")
    result = resource().import_data(file, raise_errors=True)
    assert len(file) == result.totals["skip"] > 0


def test_a_whole_catalogue_comes_back_from_its_files():
    files = [(resource, resource().export().csv) for resource in EVERYTHING]
    before = sorted(Price.objects.values_list("amount", flat=True))
    for model in (Coupon, PriceList, PackageLine, Plan):
        model.objects.all().delete()
    for resource, text in files:
        assert not resource().import_data(Dataset().load(text, format="csv"), raise_errors=True).has_errors()
    assert sorted(Price.objects.values_list("amount", flat=True)) == before
    assert Coupon.objects.get().products.count() == 1


def test_an_import_changes_a_price_by_its_codes():
    assert not errors_of(load(resources.PriceResource, PRICE))
    assert Price.objects.get(plan__code="basico", period="monthly").amount == Decimal("700.00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"plan": "correo-y-colaboracion/exchange-administrado/nada"}, "escríbalo como familia/servicio/código"),
        ({"plan": "basico"}, "No existe «basico»"),
        ({"price_list": "otra"}, "escríbalo como su código"),
        ({"amount": "-1"}, "Un precio no puede ser negativo"),
        ({"plan": ""}, "Un precio es de un plan, de un recurso adicional o de un paquete"),
        ({"period": "semanal"}, "no es una opción válida"),
    ],
)
def test_a_wrong_row_says_why_and_nothing_is_imported(wrong, words):
    result = load(resources.PriceResource, {**PRICE, "period": "yearly"}, {**PRICE, **wrong})
    assert words in errors_of(result)
    assert not Price.objects.filter(amount="700.00").exists()


def test_lists_that_overlap_are_refused_in_words():
    row = {
        "code": "otra",
        "name": "Otra",
        "account": "",
        "currency": "MXN",
        "valid_from": "2026-01-01",
        "valid_until": "",
    }
    assert "Ya hay otra lista de la misma cuenta y moneda en esas fechas" in errors_of(
        load(resources.PriceListResource, row)
    )


def test_a_plan_with_unreadable_resources_is_refused():
    row = {
        "product": "correo-y-colaboracion/exchange-administrado",
        "code": "basico",
        "resources": '{"mailboxes": "diez"}',
    }
    assert "Escriba los recursos como" in errors_of(load(resources.PlanResource, row))
    assert Plan.objects.get(code="basico").resources["mailboxes"] == 10


TERMS = {"slug": "servicios", "version": "2027-01", "title": "Términos", "body": "=1\n«Ñandú»", "published_at": ""}


def test_a_new_version_of_the_terms_comes_in_and_goes_out_as_it_was():
    row = TERMS | {"published_at": "2027-01-01 00:00"}
    assert not errors_of(load(resources.TermsResource, row))
    assert TermsVersion.objects.get(version="2027-01").body == row["body"]
    file = Dataset().load(resources.TermsResource().export().csv, format="csv")
    assert resources.TermsResource().import_data(file).totals["skip"] == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"is_active": "quizá"}, "no es sí ni no"),
        ({"position": "2.7"}, "no es un número entero"),
        ({"slug": "con espacios"}, "Introduzca"),
        ({"name": "x" * 81}, "80 caracteres"),
    ],
)
def test_a_wrong_cell_of_a_family_is_refused(wrong, words):
    row = {"slug": "nueva", "name": "Nueva", "icon": "box", "position": "1", "is_active": "sí"}
    assert words in errors_of(load(resources.FamilyResource, row | wrong))
    assert not errors_of(load(resources.FamilyResource, row))


LIST = {"code": "otra", "name": "Otra", "currency": "USD", "valid_from": "2027-01-01", "valid_until": ""}
COUPON = {"code": "HOLA", "name": "Hola", "percent": "10", "amount": "", "valid_from": "2027-01-01", "valid_until": ""}
SERVICE = {
    "family": "correo-y-colaboracion",
    "slug": "otro",
    "name": "Otro",
    "kind": "exchange",
    "sat_product_code": "81112106",
}


@pytest.mark.parametrize(
    ("resource", "row", "wrong", "words"),
    [
        (resources.PriceListResource, LIST, {"valid_until": "2026-12-31"}, "no puede terminar antes de empezar"),
        (resources.PriceListResource, LIST, {"currency": "ZZZ"}, "ISO 4217"),
        (resources.CouponResource, COUPON, {"valid_until": "2026-12-31"}, "no puede terminar antes de empezar"),
        (resources.CouponResource, COUPON, {"percent": ""}, "Indique un porcentaje"),
        (resources.CouponResource, COUPON, {"percent": "101"}, "Indique un porcentaje"),
        (resources.ProductResource, SERVICE, {"kind": "telefonia"}, "El panel no tiene ese tipo de servicio"),
        (resources.ProductResource, SERVICE, {"sat_product_code": "811"}, "ocho cifras"),
        (resources.ProductResource, SERVICE, {"sat_unit_code": "é"}, "clave de unidad"),
        (resources.TermsResource, TERMS, {"version": "2027/01"}, "letras, números, puntos y guiones"),
    ],
)
def test_what_could_never_work_is_refused_before_anybody_meets_it(resource, row, wrong, words):
    assert words in errors_of(load(resource, row | wrong))
    assert not errors_of(load(resource, {**row, "published_at": "2027-01-01"} if row is TERMS else row))
