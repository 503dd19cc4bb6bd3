"""*Titular*: who a domain belongs to, written down once and used again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from domains.models import Contact

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_TEN_DIGITS = re.compile(r"\d{10}")
NEEDED = ("name", "email", "phone", "street", "city", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class ContactData:
    name: str
    organisation: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str


def clean_phone(text: str) -> str:
    """E.164: ten digits are a Mexican number. BusinessError when it cannot be dialled from abroad."""
    digits = re.sub(r"[\s().\-]", "", text)
    if _TEN_DIGITS.fullmatch(digits):
        digits = f"+52{digits}"
    if not _PHONE.fullmatch(digits):
        raise BusinessError(_("Escriba el teléfono con su clave de país, por ejemplo +52 55 1234 5678."), field="phone")
    return digits


@transaction.atomic
def create_contact(*, actor: Actor, account: Account, data: ContactData) -> Contact:
    """The same data again give the contact that there is already."""
    clean = _cleaned(data)
    known = Contact.objects.filter(account=account, **clean).first()
    if known is not None:
        return known
    contact = Contact.objects.create(account=account, **clean)
    log_action(actor=actor, account=account, action="domains.contact.created", target=contact)
    return contact


def _cleaned(data: ContactData) -> dict[str, str]:
    clean = {name: " ".join(getattr(data, name).split()) for name in data.__slots__}
    clean["country"] = clean["country"].upper()
    clean["phone"] = clean_phone(clean["phone"])
    for name in NEEDED:
        if not clean[name]:
            raise BusinessError(_("Este dato es necesario."), field=name)
    try:
        validate_email(clean["email"])
    except ValidationError:
        raise BusinessError(_("Escriba un correo electrónico completo."), field="email") from None
    if not clean["email"].isascii():
        raise BusinessError(_("Los registros solo aceptan correos sin acentos ni eñes."), field="email")
    return clean


def missing_in(contact: Contact) -> list[str]:
    """The fields that a registry needs and that are empty."""
    return [name for name in NEEDED if not getattr(contact, name)]
