"""The catalogue that a new panel starts with. Only what can be delivered is on sale: every product has a lifecycle.

:func:`seed_catalogue` creates what is missing and touches nothing that is there: prices are edited in the admin.
Names and texts are data in the language of the seller, so they are not translated.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from marketplace.models import AddOn, Plan, Product, ServiceFamily, TermsVersion

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
}
PLANS: list[dict[str, Any]] = [
    {
        "code": "basico",
        "name": "Básico",
        "description": "Para empezar: hasta 10 personas con 10 GB cada una.",
        "price": Decimal("690.00"),
        "setup_fee": Decimal("0.00"),
        "resources": {"mailboxes": 10, "storage_gb": 100},
        "position": 10,
    },
    {
        "code": "profesional",
        "name": "Profesional",
        "description": "Para equipos: hasta 50 personas y espacio para archivar.",
        "price": Decimal("2990.00"),
        "setup_fee": Decimal("350.00"),
        "resources": {"mailboxes": 50, "storage_gb": 750},
        "position": 20,
    },
    {
        "code": "empresarial",
        "name": "Empresarial",
        "description": "Para toda la empresa: hasta 250 personas.",
        "price": Decimal("12490.00"),
        "setup_fee": Decimal("1200.00"),
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
        "price": Decimal("145.00"),
        "max_units": 100,
        "position": 10,
    },
    {
        "code": "buzones-5",
        "name": "Paquete de 5 buzones adicionales",
        "description": "Más personas sin cambiar de plan.",
        "resource": "mailboxes",
        "quantity": 5,
        "price": Decimal("325.00"),
        "max_units": 50,
        "position": 20,
    },
]


@transaction.atomic
def seed_catalogue() -> list[str]:
    """Creates what is missing and returns one line for each thing made."""
    made: list[str] = []
    _ensure(made, TermsVersion, ("slug", "version"), {**TERMS, "body": _terms_text()})
    family = _ensure(made, ServiceFamily, ("slug",), FAMILY)
    product = _ensure(made, Product, ("family", "slug"), {**EXCHANGE, "family": family})
    for plan in PLANS:
        _ensure(made, Plan, ("product", "code"), {**plan, "product": product})
    for add_on in ADD_ONS:
        _ensure(made, AddOn, ("product", "code"), {**add_on, "product": product})
    return made


def _terms_text() -> str:
    return (TERMS_DIR / f"{TERMS['slug']}-{TERMS['version']}.txt").read_text(encoding="utf-8")


def _ensure(made: list[str], model: Any, keys: tuple[str, ...], fields: dict[str, Any]) -> Any:
    found = {key: fields[key] for key in keys}
    row, created = model.objects.get_or_create(**found, defaults=fields)
    if created:
        made.append(f"{model._meta.verbose_name}: {row}")
    return row
