"""*Titular*: who a domain belongs to, written down once and used again."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from accounts.places import ISO_3166
from cloudpanel.core.exceptions import BusinessError
from domains.models import Contact

LAST_LATIN = 0x24F  # Latin Extended-B ends here
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_MEXICAN_CODE = re.compile(r"[0-9]{5}")
WRITTEN = ("name", "organisation", "street", "city", "state", "postal_code")
"""What registries keep twice, as written and in ASCII (RFC 5733, 2.4)."""
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
    for name in WRITTEN:
        _check_signs(clean[name], name)
    _check_place(clean["country"], clean["postal_code"])
    try:
        validate_email(clean["email"])
    except ValidationError:
        raise BusinessError(_("Escriba un correo electrónico completo."), field="email") from None
    if not clean["email"].isascii():
        raise BusinessError(_("Los registros solo aceptan correos sin acentos ni eñes."), field="email")
    return clean


def _check_signs(text: str, field: str) -> None:
    """The form in ASCII of what has no Latin letters would be question marks, and XML takes no control characters."""
    for sign in text:
        if unicodedata.category(sign)[0] == "C":
            raise BusinessError(
                _("Hay un carácter que no se ve (U+%(code)04X). Tecléelo de nuevo en vez de pegarlo.")
                % {"code": ord(sign)},
                field=field,
            )
        if ord(sign) > LAST_LATIN and not _has_plain_form(sign):
            raise BusinessError(
                _("Los registros piden letras latinas: escríbalo sin “%(sign)s”.") % {"sign": sign}, field=field
            )


def _has_plain_form(sign: str) -> bool:
    """``ễ`` and ``№`` can be written in ASCII; dashes and curly quotes lose nothing."""
    plain = unicodedata.normalize("NFKD", sign)
    return unicodedata.category(sign)[0] in "PM" or any(each.isascii() for each in plain)


def _check_place(country: str, postal_code: str) -> None:
    if country not in ISO_3166:
        raise BusinessError(_("No hay un país con esas dos letras. Para México escriba MX."), field="country")
    if country == "MX" and not _MEXICAN_CODE.fullmatch(postal_code):
        raise BusinessError(_("En México el código postal tiene cinco cifras."), field="postal_code")


def missing_in(contact: Contact) -> list[str]:
    """The fields that a registry needs and that are empty."""
    return [name for name in NEEDED if not getattr(contact, name)]
