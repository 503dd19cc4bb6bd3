"""A document that was certified outside the panel, in the PAC's own portal: its XML is read, compared and kept as its stamp."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from lxml import etree

from accounts.actors import Actor
from billing.fiscal import issuer_of, receiver_of
from billing.models import CreditNote, Invoice, Stamp
from billing.services.documents import lock_accounts
from billing.services.stamping import keep_stamp, stamp_of
from cloudpanel.core.exceptions import BusinessError

CFDI = "{http://www.sat.gob.mx/cfd/4}"
STAMP = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"
MOST_BYTES = 2_000_000


@transaction.atomic
def register_certified(*, actor: Actor, document: Invoice | CreditNote, content: bytes) -> Stamp:
    """``content`` is what the PAC gave back for the exported XML; the same again gives the same stamp. What it says of
    an invoice's *método* and *forma de pago* holds from now on. The seal is not verified: that is the PAC's.

    Raises BusinessError (field ``file``) for what is no CFDI 4.0, has no stamp, or is of another document.
    """
    lock_accounts([document.account_id])
    root = _parsed(content)
    uuid = _folio_of(root)
    known = stamp_of(document)
    if known is not None and known.uuid != uuid:
        raise _refusal(_("%(document)s ya tiene otro folio fiscal: %(uuid)s.") % {"document": document, "uuid": known})
    if known is None and Stamp.objects.filter(uuid=uuid).exists():
        raise _refusal(_("Ese folio fiscal ya es de otro documento."))
    differences = list(_differences(root, document))
    if differences:
        text = _("El archivo es de otro documento: %(differences)s.")
        raise _refusal(text % {"differences": "; ".join(differences)})
    if isinstance(document, Invoice):
        _take_over_terms(root, document)
    return keep_stamp(actor=actor, document=document, uuid=uuid, xml=content.decode("utf-8-sig"))


def _parsed(content: bytes) -> etree._Element:
    if len(content) > MOST_BYTES:
        raise _refusal(_("El archivo es muy grande para ser un CFDI."))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
        content.decode("utf-8-sig")
    except (etree.XMLSyntaxError, ValueError):
        raise _refusal(_("El archivo no es un XML que se pueda leer.")) from None
    if root.getroottree().docinfo.doctype or root.tag != f"{CFDI}Comprobante":
        raise _refusal(_("El archivo no es un CFDI 4.0."))
    return root


def _folio_of(root: etree._Element) -> UUID:
    stamp = root.find(f".//{STAMP}")
    try:
        return UUID(str(stamp.get("UUID"))) if stamp is not None else _missing()
    except ValueError:
        return _missing()


def _missing() -> UUID:
    raise _refusal(_("El CFDI no tiene timbre fiscal: suba el que el PAC devolvió ya timbrado."))


def _differences(root: etree._Element, document: Invoice | CreditNote) -> Iterator[str]:
    kind = "I" if isinstance(document, Invoice) else "E"
    said = {
        _("número"): (f"{root.get('Serie')}-{root.get('Folio')}", str(document)),
        _("tipo"): (root.get("TipoDeComprobante"), kind),
        _("moneda"): (root.get("Moneda"), document.currency),
        _("total"): (_amount(root.get("Total")), document.total),
        _("RFC del emisor"): (_rfc(root, "Emisor"), issuer_of(document).tax_id),
        _("RFC del receptor"): (_rfc(root, "Receptor"), receiver_of(document).tax_id),
    }
    for name, (found, wanted) in said.items():
        if found != wanted:
            yield _("%(name)s %(found)s en vez de %(wanted)s") % {"name": name, "found": found, "wanted": wanted}


def _take_over_terms(root: etree._Element, invoice: Invoice) -> None:
    terms, form = root.get("MetodoPago", ""), root.get("FormaPago", "")
    if terms not in {"PUE", "PPD"} or not re.fullmatch("[0-9]{2}", form):
        raise _refusal(_("El CFDI no dice el método y la forma de pago."))
    invoice.payment_terms, invoice.payment_form = terms, form
    invoice.save(update_fields=["payment_terms", "payment_form"])


def _rfc(root: etree._Element, party: str) -> str | None:
    found = root.find(f"{CFDI}{party}")
    return found.get("Rfc") if found is not None else None


def _amount(text: str | None) -> Decimal | str | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return text


def _refusal(message: str) -> BusinessError:
    return BusinessError(message, field="file", code="not_certified")
