"""What is wrong with a cell, in words, and what is proposed instead.

Rows keep only codes: the words are the reader's language, and a proposal is worked out when somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.tabular import csv_records

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Reason:
    """``text`` may name ``%(value)s`` (what is wrong) and ``%(note)s``. ``by_value``: the same value in other rows is the
    same mistake, so one correction serves all of them. ``is_mendable``: each row's proposal can be taken blindly."""

    text: Text
    title: Text
    by_value: bool = False
    is_mendable: bool = False


DUPLICATE, TAKEN, TAKEN_BIN = "duplicate", "taken", "taken_bin"
TAKEN_ALIAS, TAKEN_LIST = "taken_alias", "taken_list"
ALIAS_REPEATED, ALIAS_TAKEN = "alias_repeated", "alias_taken"
CROSS_CODES = (DUPLICATE, TAKEN, TAKEN_BIN, TAKEN_ALIAS, TAKEN_LIST)
ALIAS_CODES = (ALIAS_REPEATED, ALIAS_TAKEN)
"""What one row cannot know by itself."""

REASONS: dict[str, Reason] = {
    "address_missing": Reason(_("Falta el correo electrónico."), _("Sin correo electrónico"), is_mendable=True),
    "address_invisible": Reason(
        _("El correo lleva signos que no se ven (espacios de ancho cero o marcas de dirección)."),
        _("Correos con signos invisibles"),
        is_mendable=True,
    ),
    "address_accents": Reason(
        _("Un correo lleva letras sin acentos ni ñ; el nombre para mostrar sí puede llevarlos."),
        _("Correos con acentos o ñ"),
        is_mendable=True,
    ),
    "address_spaces": Reason(_("El correo lleva espacios."), _("Correos con espacios"), is_mendable=True),
    "address_plus": Reason(
        _("El signo + no se usa aquí: lo que llega a ana+compras@ ya se entrega a ana@."), _("Correos con signo +")
    ),
    "address_shape": Reason(
        _("Use letras, números, punto, guion y guion bajo; sin punto al principio ni al final."),
        _("Correos mal escritos"),
        is_mendable=True,
    ),
    "address_long": Reason(
        _("Lo que va antes de la arroba puede tener 64 caracteres, y la dirección completa 254."),
        _("Correos demasiado largos"),
    ),
    "address_reserved": Reason(
        _("“%(value)s” está reservado para quien administra el correo."), _("Nombres reservados"), by_value=True
    ),
    "domain_unknown": Reason(
        _("“%(value)s” no es un dominio de esta suscripción."), _("Dominios que no son suyos"), by_value=True
    ),
    "domain_pending": Reason(
        _("El dominio “%(value)s” todavía no está verificado."), _("Dominios sin verificar"), by_value=True
    ),
    DUPLICATE: Reason(_("La misma dirección está en la fila %(note)s."), _("Direcciones repetidas en el archivo")),
    TAKEN: Reason(_("Ya hay un buzón con esta dirección: %(note)s."), _("Direcciones que ya existen")),
    TAKEN_BIN: Reason(
        _("Un buzón con esta dirección está en la papelera. Restáurelo, o elija otra dirección."),
        _("Direcciones en la papelera"),
    ),
    TAKEN_ALIAS: Reason(_("Esta dirección ya es el alias de otro buzón."), _("Direcciones que ya son alias")),
    TAKEN_LIST: Reason(
        _("Esta dirección ya es la de una lista de distribución."), _("Direcciones que ya son de una lista")
    ),
    "name_missing": Reason(_("Falta el nombre para mostrar."), _("Sin nombre para mostrar"), is_mendable=True),
    "name_long": Reason(
        _("El nombre para mostrar puede tener 120 caracteres como máximo."), _("Nombres demasiado largos")
    ),
    "name_invisible": Reason(
        _("El nombre lleva saltos de línea o signos que no se ven."),
        _("Nombres con signos invisibles"),
        is_mendable=True,
    ),
    "name_formula": Reason(
        _("El nombre empieza como una fórmula de hoja de cálculo."), _("Nombres que parecen fórmulas"), is_mendable=True
    ),
    "template_unknown": Reason(
        _("No hay ninguna plantilla que se llame “%(value)s”."), _("Plantillas que no existen"), by_value=True
    ),
    "quota_bad": Reason(
        _("“%(value)s” no es un tamaño entre 1 MB y 1 TB."), _("Tamaños que no se entienden"), by_value=True
    ),
    "quota_small": Reason(
        _("¿%(value)s MB o GB? Escriba la unidad, por ejemplo “%(value)s GB”."), _("Tamaños sin unidad"), by_value=True
    ),
    "switch_bad": Reason(
        _("“%(value)s” no dice si se permite: escriba SÍ o NO."), _("Protocolos que no se entienden"), by_value=True
    ),
    "alias_bad": Reason(
        _("“%(value)s” no puede ser un alias: escriba direcciones de sus dominios, separadas por punto y coma."),
        _("Alias que no se pueden crear"),
        is_mendable=True,
    ),
    "alias_many": Reason(
        _("Un buzón puede tener %(value)s alias como máximo."), _("Demasiados alias"), is_mendable=True
    ),
    ALIAS_REPEATED: Reason(
        _("Ya está en otra fila (%(note)s), como dirección o como alias: %(value)s."),
        _("Alias repetidos en el archivo"),
        is_mendable=True,
    ),
    ALIAS_TAKEN: Reason(
        _("Ya es de otro buzón, alias o lista: %(value)s."), _("Alias que ya están en uso"), is_mendable=True
    ),
    "link_bad": Reason(_("“%(value)s” no es un correo electrónico."), _("Correos alternos mal escritos")),
    "link_same": Reason(
        _("El enlace debe ir a otro correo: este buzón no se puede leer sin contraseña."),
        _("Correos alternos iguales al buzón"),
        is_mendable=True,
    ),
    "password_hashed": Reason(
        _("Parece la contraseña cifrada de otro sistema, y con ella nadie entraría: escriba la contraseña misma."),
        _("Contraseñas cifradas"),
        is_mendable=True,
    ),
    "password_short": Reason(
        _("La contraseña necesita 10 caracteres como mínimo."), _("Contraseñas cortas"), is_mendable=True
    ),
    "password_long": Reason(
        _("La contraseña puede tener 128 caracteres como máximo."), _("Contraseñas largas"), is_mendable=True
    ),
    "password_unprintable": Reason(
        _("La contraseña tiene caracteres que no se pueden escribir en un teclado."),
        _("Contraseñas con signos invisibles"),
        is_mendable=True,
    ),
    "password_weak": Reason(
        _("Esta contraseña es fácil de adivinar."), _("Contraseñas fáciles de adivinar"), is_mendable=True
    ),
    csv_records.OPEN_QUOTE: Reason(
        _("Faltan comillas de cierre en esta fila: revise que cada dato esté en su columna."),
        _("Filas con comillas sin cerrar"),
    ),
    csv_records.OTHER_ENCODING: Reason(
        _("Esta celda venía en otra codificación que el resto del archivo: revise sus acentos."),
        _("Celdas en otra codificación"),
        is_mendable=True,
    ),
    csv_records.UNREADABLE_SIGN: Reason(
        _("Esta celda traía signos ilegibles (NUL), que se quitaron: revísela."),
        _("Celdas con signos ilegibles"),
        is_mendable=True,
    ),
}
BY_VALUE = [code for code, reason in REASONS.items() if reason.by_value]


def sentence(code: str, value: str = "", note: str = "") -> str:
    """The reason as a sentence in the language of whoever reads."""
    return str(REASONS[code].text) % {"value": value, "note": note}


def title(code: str) -> Any:
    return REASONS[code].title
