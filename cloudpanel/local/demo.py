"""The demo that ``make run`` starts with: two customers, five people, a catalogue, and one service that really works."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Account, Membership, Role, User
from marketplace.catalogue import seed_catalogue

DEMO_ACCOUNTS = {
    "Empresa Demo": {
        "tax_id": "EDE010203AB7",
        "street": "Av. Insurgentes Sur 1000",
        "city": "Ciudad de México",
        "state": "Ciudad de México",
        "postal_code": "03100",
    },
    "Otra Empresa": {"tax_id": "OTR050607CD5"},
}
DEMO_PEOPLE = [
    ("admin@empresa.example", "Ana Núñez", "Empresa Demo", Role.ACCOUNT_ADMIN),
    ("delegado@empresa.example", "Diego Ortiz", "Empresa Demo", Role.DELEGATE),
    ("usuario@empresa.example", "Sofía Peña", "Empresa Demo", Role.SERVICE_USER),
    ("admin@otra.example", "Enrique Ruiz", "Otra Empresa", Role.ACCOUNT_ADMIN),
]
DEMO_STAFF = ("soporte@panel.example", "Soporte del panel")


def seed_demo(*, password: str) -> list[str]:
    """Creates what is missing and returns one line for each thing made. Existing people keep their passwords."""
    return seed_people(password=password) + seed_catalogue()


@transaction.atomic
def seed_people(*, password: str) -> list[str]:
    made = []
    accounts = {name: _ensure_account(name) for name in DEMO_ACCOUNTS}
    for email, name, account, role in DEMO_PEOPLE:
        user, created = _ensure_user(email, name, password)
        Membership.objects.get_or_create(account=accounts[account], user=user, defaults={"role": role})
        if created:
            made.append(f"{email}: {role.label} ({account})")
    email, name = DEMO_STAFF
    if _ensure_user(email, name, password, is_staff=True, is_superuser=True)[1]:
        made.append(f"{email}: personal de soporte (/admin/)")
    return made


def _ensure_account(name: str) -> Account:
    return Account.objects.get_or_create(legal_name=name, defaults=DEMO_ACCOUNTS[name])[0]


def _ensure_user(email: str, name: str, password: str, **flags: bool) -> tuple[User, bool]:
    user = User.objects.filter(email=email).first()
    if user:
        return user, False
    return User.objects.create_user(email, password, name=name, **flags), True
