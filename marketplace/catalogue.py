"""The catalogue that a new panel starts with. Only what can be delivered is on sale: every product has a lifecycle.

:func:`seed_catalogue` creates what is missing and touches nothing that is there: prices are edited in the admin.
Names and texts are data in the language of the seller, so they are not translated.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from marketplace.models import (
    AddOn,
    BillingPeriod,
    Coupon,
    Package,
    PackageLine,
    Plan,
    Price,
    PriceList,
    Product,
    ServiceFamily,
    TermsVersion,
)

TERMS_DIR = Path(__file__).parent / "terms"

TERMS = {"slug": "servicios", "version": "2026-11", "title": "Términos y condiciones de los servicios en la nube"}
FAMILY = {
    "slug": "correo-y-colaboracion",
    "name": "Correo y colaboración",
    "description": "Correo empresarial con su propio dominio, administrado por nosotros.",
    "icon": "mail",
    "position": 10,
}
EXCHANGE = {
    "slug": "exchange-administrado",
    "name": "Exchange Administrado",
    "kind": "exchange",
    "summary": "Buzones de correo empresariales que se abren desde cualquier programa de correo.",
    "description": (
        "Cree los buzones de su empresa usted mismo, sin esperar a nadie. Cada buzón se abre desde Outlook, el teléfono "
        "o cualquier programa de correo (IMAP), y usted decide su tamaño, sus alias y quién lo administra."
    ),
    "icon": "mail",
    "position": 10,
    "is_charged_when_ready": True,
    "sat_product_code": "81112102",
}
PLANS: list[dict[str, Any]] = [
    {
        "code": "basico",
        "name": "Básico",
        "description": "Para empezar: hasta 10 personas con 10 GB cada una.",
        "resources": {"mailboxes": 10, "storage_gb": 100},
        "position": 10,
    },
    {
        "code": "prueba",
        "name": "Prueba",
        "description": "Para conocer el servicio: 5 buzones, y los primeros 30 días no se cobran.",
        "resources": {"mailboxes": 5, "storage_gb": 25},
        "trial_days": 30,
        "position": 15,
    },
    {
        "code": "profesional",
        "name": "Profesional",
        "description": "Para equipos: hasta 50 personas y espacio para archivar.",
        "resources": {"mailboxes": 50, "storage_gb": 750},
        "position": 20,
    },
    {
        "code": "empresarial",
        "name": "Empresarial",
        "description": "Para toda la empresa: hasta 250 personas.",
        "resources": {"mailboxes": 250, "storage_gb": 5000},
        "position": 30,
    },
]
ADD_ONS: list[dict[str, Any]] = [
    {
        "code": "almacenamiento-50",
        "name": "Almacenamiento adicional de 50 GB",
        "description": "Espacio que se reparte entre sus buzones.",
        "resource": "storage_gb",
        "quantity": 50,
        "max_units": 100,
        "position": 10,
    },
    {
        "code": "buzones-5",
        "name": "Paquete de 5 buzones adicionales",
        "description": "Más personas sin cambiar de plan.",
        "resource": "mailboxes",
        "quantity": 5,
        "max_units": 50,
        "position": 20,
    },
]


PRICE_LIST = {"code": "general", "name": "Precios generales", "currency": "MXN", "valid_from": date(2020, 1, 1)}
PLAN_PRICES = {  # monthly, set-up; yearly, set-up
    "basico": [("690.00", "0.00"), ("7590.00", "0.00")],
    "prueba": [("390.00", "0.00")],
    "profesional": [("2990.00", "350.00"), ("32890.00", "0.00")],
    "empresarial": [("12490.00", "1200.00"), ("137390.00", "0.00")],
}
ADD_ON_PRICES = {"almacenamiento-50": ["145.00", "1595.00"], "buzones-5": ["325.00"]}
PACKAGE = {
    "slug": "oficina-y-sucursal",
    "name": "Oficina y sucursal",
    "summary": "Dos servicios de correo separados, uno para la oficina y otro para la sucursal.",
    "description": (
        "Exchange Administrado Profesional para la oficina y Básico con 50 GB más para la sucursal. Cada uno con sus "
        "propios administradores y dominios, en un solo pedido y con un solo precio."
    ),
    "icon": "packages",
    "position": 10,
}
PACKAGE_LINES: list[dict[str, Any]] = [
    {"service": 1, "plan": "profesional"},
    {"service": 2, "plan": "basico"},
    {"service": 2, "add_on": "almacenamiento-50", "units": 1},
]
PACKAGE_PRICES = [("3490.00", "0.00"), ("38390.00", "0.00")]
COUPON = {
    "code": "BIENVENIDA20",
    "name": "Bienvenida: 20 % el primer periodo",
    "percent": Decimal("20.00"),
    "periods": 1,
    "valid_from": date(2026, 1, 1),
}


@transaction.atomic
def seed_catalogue() -> list[str]:
    """Creates what is missing and returns one line for each thing made."""
    made: list[str] = []
    _ensure(made, TermsVersion, ("slug", "version"), {**TERMS, "body": _terms_text()})
    family = _ensure(made, ServiceFamily, ("slug",), FAMILY)
    product = _ensure(made, Product, ("family", "slug"), {**EXCHANGE, "family": family})
    prices = _ensure(made, PriceList, ("code",), PRICE_LIST)
    plans = {each["code"]: _ensure(made, Plan, ("product", "code"), {**each, "product": product}) for each in PLANS}
    add_ons = {
        each["code"]: _ensure(made, AddOn, ("product", "code"), {**each, "product": product}) for each in ADD_ONS
    }
    for code, fees in PLAN_PRICES.items():
        _ensure_prices(made, prices, {"plan": plans[code]}, fees)
    for code, amounts in ADD_ON_PRICES.items():
        _ensure_prices(made, prices, {"add_on": add_ons[code]}, [(amount, "0.00") for amount in amounts])
    _ensure_package(made, prices, plans, add_ons)
    _ensure(made, Coupon, ("code",), COUPON)
    return made


def _ensure_prices(made: list[str], prices: PriceList, thing: dict[str, Any], fees: list[tuple[str, str]]) -> None:
    """Only of what has no price at all yet: which periods it is sold by is the seller's choice."""
    if Price.objects.filter(**thing).exists():
        return
    for period, (amount, setup_fee) in zip(BillingPeriod, fees, strict=False):
        row = {
            **thing,
            "price_list": prices,
            "period": period,
            "amount": Decimal(amount),
            "setup_fee": Decimal(setup_fee),
        }
        _ensure(made, Price, ("price_list", *thing, "period"), row)


def _ensure_package(made: list[str], prices: PriceList, plans: dict[str, Plan], add_ons: dict[str, AddOn]) -> None:
    if Package.objects.filter(slug=PACKAGE["slug"]).exists():
        return
    package = _ensure(made, Package, ("slug",), PACKAGE)
    for line in PACKAGE_LINES:
        things = {"plan": plans.get(line.get("plan", "")), "add_on": add_ons.get(line.get("add_on", ""))}
        PackageLine.objects.create(package=package, service=line["service"], units=line.get("units", 1), **things)
    _ensure_prices(made, prices, {"package": package}, PACKAGE_PRICES)


def _terms_text() -> str:
    return (TERMS_DIR / f"{TERMS['slug']}-{TERMS['version']}.txt").read_text(encoding="utf-8")


def _ensure(made: list[str], model: Any, keys: tuple[str, ...], fields: dict[str, Any]) -> Any:
    found = {key: fields[key] for key in keys}
    row, created = model.objects.get_or_create(**found, defaults=fields)
    if created:
        made.append(f"{model._meta.verbose_name}: {row}")
    return row
