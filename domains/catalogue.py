"""The domains that a new panel sells: one plan for each ending, prices by year. As :mod:`marketplace.catalogue`: what is
missing is created, what is there is left alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from domains.services.names import KIND, PRIVACY_CODE, RESTORE_PREFIX, plan_code
from marketplace.catalogue import PRICE_LIST
from marketplace.models import AddOn, BillingPeriod, Plan, Price, PriceList, Product, ServiceFamily, TermsVersion

TERMS_DIR = Path(__file__).parent / "terms"
TERMS = {"slug": "dominios", "version": "2026-11"}
TERMS_TITLE = "Términos y condiciones de los dominios"
FAMILY = {
    "name": "Dominios",
    "description": "Nombres propios en internet para su empresa.",
    "icon": "world",
    "position": 20,
}
PRODUCT = {
    "name": "Dominio",
    "kind": KIND,
    "summary": "Registre un nombre nuevo o transfiera el que ya tiene.",
    "description": "Encuentre un nombre libre, regístrelo por los años que quiera y adminístrelo aquí.",
    "icon": "world",
    "position": 10,
    "terms_slug": TERMS["slug"],
    "is_charged_when_ready": False,  # registries do not take a registration back
    "sat_product_code": "81112105",
}
# ending → a year, the registry's price for a restore
YEARLY = {
    "mx": ("499.00", "1290.00"),
    "com.mx": ("279.00", "890.00"),
    "net.mx": ("279.00", "890.00"),
    "org.mx": ("199.00", "890.00"),
    "com": ("289.00", "1890.00"),
    "net": ("329.00", "1890.00"),
    "org": ("329.00", "1890.00"),
    "info": ("449.00", "1890.00"),
    "biz": ("399.00", "1890.00"),
    "online": ("749.00", "2190.00"),
    "store": ("1190.00", "2190.00"),
    "cloud": ("489.00", "2190.00"),
}
PRIVACY = "99.00"


@transaction.atomic
def seed_domains() -> list[str]:
    """One line for each thing made."""
    made: list[str] = []
    text = (TERMS_DIR / f"{TERMS['slug']}-{TERMS['version']}.txt").read_text(encoding="utf-8")
    _made(made, TermsVersion, TERMS, {"title": TERMS_TITLE, "body": text})
    family = _made(made, ServiceFamily, {"slug": "dominios"}, FAMILY)
    product = _made(made, Product, {"family": family, "slug": "dominio"}, PRODUCT)
    prices = _made(made, PriceList, {"code": PRICE_LIST["code"]}, PRICE_LIST)
    for position, (ending, (yearly, restore)) in enumerate(YEARLY.items()):
        plan = {"name": f".{ending}", "position": position * 10}
        _priced(made, prices, Plan, {"product": product, "code": plan_code(ending)}, plan, (yearly, "0.00"))
        add_on = {"name": f"Rescate de un dominio .{ending}", "resource": "restore", "max_units": 1, "position": 100}
        keys = {"product": product, "code": f"{RESTORE_PREFIX}{plan_code(ending)}"}
        _priced(made, prices, AddOn, keys, add_on, ("0.00", restore))
    privacy = {
        "name": "Privacidad del titular",
        "description": "El registro no publica los datos del titular.",
        "resource": "privacy",
        "max_units": 1,
    }
    _priced(made, prices, AddOn, {"product": product, "code": PRIVACY_CODE}, privacy, (PRIVACY, "0.00"))
    return made


def _priced(
    made: list[str], prices: PriceList, model: Any, keys: dict[str, Any], fields: dict[str, Any], fees: tuple[str, str]
) -> None:
    thing = _made(made, model, keys, fields)
    name = "plan" if model is Plan else "add_on"
    if Price.objects.filter(**{name: thing}).exists():
        return
    amount, setup_fee = (Decimal(fee) for fee in fees)
    Price.objects.create(
        price_list=prices, period=BillingPeriod.YEARLY, amount=amount, setup_fee=setup_fee, **{name: thing}
    )


def _made(made: list[str], model: Any, keys: dict[str, Any], fields: dict[str, Any]) -> Any:
    row, created = model.objects.get_or_create(**keys, defaults={**fields, **keys})
    if created:
        made.append(f"{model._meta.verbose_name}: {row}")
    return row
