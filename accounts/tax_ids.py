"""The Mexican tax identity: RFC (SAT; algorithm in python-stdnum) and the catalogue c_RegimenFiscal of CFDI 4.0."""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.mx import rfc

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

GENERIC_NATIONAL = "XAXX010101000"
GENERIC_FOREIGN = "XEXX010101000"
COMPANY_LENGTH, PERSON_LENGTH = 12, 13


class TaxpayerKind(Enum):
    COMPANY = "moral"
    PERSON = "física"


COMPANY, PERSON = frozenset({TaxpayerKind.COMPANY}), frozenset({TaxpayerKind.PERSON})
# Code → name and whose it may be.
TAX_REGIMES = {
    "601": (_("General de Ley Personas Morales"), COMPANY),
    "603": (_("Personas Morales con Fines no Lucrativos"), COMPANY),
    "605": (_("Sueldos y Salarios e Ingresos Asimilados a Salarios"), PERSON),
    "606": (_("Arrendamiento"), PERSON),
    "607": (_("Régimen de Enajenación o Adquisición de Bienes"), PERSON),
    "608": (_("Demás ingresos"), PERSON),
    "610": (_("Residentes en el Extranjero sin Establecimiento Permanente en México"), COMPANY | PERSON),
    "611": (_("Ingresos por Dividendos (socios y accionistas)"), PERSON),
    "612": (_("Personas Físicas con Actividades Empresariales y Profesionales"), PERSON),
    "614": (_("Ingresos por intereses"), PERSON),
    "615": (_("Régimen de los ingresos por obtención de premios"), PERSON),
    "616": (_("Sin obligaciones fiscales"), PERSON),
    "620": (_("Sociedades Cooperativas de Producción que optan por diferir sus ingresos"), COMPANY),
    "621": (_("Incorporación Fiscal"), PERSON),
    "622": (_("Actividades Agrícolas, Ganaderas, Silvícolas y Pesqueras"), COMPANY),
    "623": (_("Opcional para Grupos de Sociedades"), COMPANY),
    "624": (_("Coordinados"), COMPANY),
    "625": (
        _("Régimen de las Actividades Empresariales con ingresos a través de Plataformas Tecnológicas"),
        PERSON,
    ),
    "626": (_("Régimen Simplificado de Confianza"), COMPANY | PERSON),
}


# c_UsoCFDI without the personal deductions (D01…), which nobody can claim for services like ours: code → name.
CFDI_USES = {
    "G01": _("Adquisición de mercancías"),
    "G02": _("Devoluciones, descuentos o bonificaciones"),
    "G03": _("Gastos en general"),
    "I01": _("Construcciones"),
    "I02": _("Mobiliario y equipo de oficina por inversiones"),
    "I03": _("Equipo de transporte"),
    "I04": _("Equipo de cómputo y accesorios"),
    "I06": _("Comunicaciones telefónicas"),
    "I07": _("Comunicaciones satelitales"),
    "I08": _("Otra maquinaria y equipo"),
    "S01": _("Sin efectos fiscales"),
}
ONLY_WITHOUT_EFFECT = frozenset({"605", "607", "608", "610", "611", "614", "615", "616"})
"""Régimenes whose invoices for services have no fiscal effect: the SAT refuses any other use than S01 with them."""


def default_cfdi_use(regime: str) -> str:
    """What a customer of this régimen most likely wants."""
    return "S01" if not regime or regime in ONLY_WITHOUT_EFFECT else "G03"


def check_cfdi_use(regime: str, use: str) -> None:
    """TaxIdError when the SAT would refuse ``use`` with ``regime`` (c_UsoCFDI, column "Régimen fiscal receptor")."""
    if regime in ONLY_WITHOUT_EFFECT and use not in {"", "S01"}:
        raise TaxIdError(_("Con este régimen fiscal el SAT solo acepta el uso S01, sin efectos fiscales."))


class TaxIdError(ValueError):
    """Not an RFC. ``message`` is for the person who typed it; ``is_doubtful`` when only the check digit disagrees,
    which is so in some 1.5 % of the numbers that the SAT itself has issued."""

    def __init__(self, message: StrPromise | str, *, is_doubtful: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_doubtful = is_doubtful


def compact_tax_id(text: str) -> str:
    """``"mab-930714 8t4"`` → ``"MAB9307148T4"``; full-width letters and other Unicode forms are folded."""
    return rfc.compact(unicodedata.normalize("NFKC", text))


def check_tax_id(text: str, *, trust_check_digit: bool = False) -> str:
    """The RFC in its compact form, or TaxIdError. ``trust_check_digit`` accepts one whose last character disagrees."""
    number = compact_tax_id(text)
    if number in {GENERIC_NATIONAL, GENERIC_FOREIGN}:
        return number
    if len(number) not in {COMPANY_LENGTH, PERSON_LENGTH}:
        raise TaxIdError(
            _(
                "El RFC tiene 12 caracteres si es de una persona moral y 13 si es de una persona física; este tiene %(n)s."
            )
            % {"n": len(number)}
        )
    try:
        rfc.validate(number)
    except (InvalidLength, InvalidFormat):
        raise TaxIdError(
            _("No tiene la forma de un RFC: letras, seis cifras de la fecha y tres caracteres de homoclave.")
        ) from None
    except InvalidComponent:
        raise TaxIdError(_("La fecha o las letras de este RFC no son posibles.")) from None
    if not trust_check_digit:
        _check_last(number)
    return number


def kind_of(number: str) -> TaxpayerKind:
    """Whose a valid, compact RFC is."""
    return TaxpayerKind.COMPANY if len(number) == COMPANY_LENGTH else TaxpayerKind.PERSON


def check_regime(number: str, regime: str) -> None:
    """TaxIdError when that kind of taxpayer cannot be in that régimen. The generic RFCs have their own ones."""
    if number == GENERIC_NATIONAL and regime != "616":
        raise TaxIdError(_("Con el RFC genérico nacional solo es posible 616, Sin obligaciones fiscales."))
    if number == GENERIC_FOREIGN and regime not in {"610", "616"}:
        raise TaxIdError(_("Con el RFC genérico de extranjeros solo son posibles 610 y 616."))
    kind = kind_of(number)
    if kind not in TAX_REGIMES[regime][1]:
        raise TaxIdError(
            _("Este régimen no es de personas morales, y el RFC es de una.")
            if kind is TaxpayerKind.COMPANY
            else _("Este régimen no es de personas físicas, y el RFC es de una.")
        )


def _check_last(number: str) -> None:
    try:
        rfc.validate(number, validate_check_digits=True)
    except (InvalidChecksum, ValidationError):
        raise TaxIdError(
            _("El último carácter no corresponde a los demás. Compárelo con su Constancia de Situación Fiscal."),
            is_doubtful=True,
        ) from None
