"""Names inside a zone, as people type them: of records (relative, ``@`` for the domain itself) and of what they point at.

Underscores are welcome where DNS has them (``_dmarc``, ``_sip._tcp``); what must be a host (RFC 1123, 2.1) has none.
International names are mapped by UTS 46 and go over the wire as A-labels (RFC 5890).
"""

from __future__ import annotations

import re
from ipaddress import ip_address

import idna
from django.utils.translation import gettext as _

from cloudpanel.core.domain_names import MAX_LABEL, MAX_NAME, readable
from cloudpanel.core.exceptions import BusinessError

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
LONGEST_TYPED = 1000
"""Characters of a name before it is mapped: no name of 253 octets comes from more, escapes and all."""
_SIGNS = str.maketrans("。．｡", "...")


def clean_owner(text: str, zone: str, *, field: str = "name") -> str:
    """The relative name of a record: ``www``, ``www.empresa.mx`` and ``www.empresa.mx.`` are one; nothing or ``@`` is the
    domain itself. ``*`` stands only in front (RFC 4592)."""
    typed = text.strip().translate(_SIGNS).lower()
    if typed in {"", "@"}:
        return "@"
    is_absolute = typed.endswith(".")
    name = ".".join(_wire_labels(typed.removesuffix("."), field, has_wildcard=True))
    if name == zone:
        return "@"
    if name.endswith(f".{zone}"):
        name = name.removesuffix(f".{zone}")
    elif is_absolute:
        raise BusinessError(
            _("El nombre termina en punto, pero no está dentro de %(zone)s.") % {"zone": readable(zone)}, field=field
        )
    _check_length(f"{name}.{zone}", field)
    return name


def clean_target(text: str, zone: str, *, field: str, is_host: bool = True) -> str:
    """What a record points at, absolute with its final dot. One word alone is meant inside the zone, ``@`` is the zone."""
    typed = text.strip().translate(_SIGNS).lower()
    if not typed:
        raise BusinessError(_("Escriba un nombre, por ejemplo servidor.ejemplo.com."), field=field)
    if typed == "@":
        return f"{zone}."
    _refuse_what_is_no_host(typed, field)
    labels = _wire_labels(typed.removesuffix("."), field)
    if is_host and any("_" in label for label in labels):
        raise BusinessError(_("El nombre de un servidor no lleva guion bajo (_)."), field=field)
    name = ".".join(labels)
    if len(labels) == 1 and not typed.endswith("."):
        name = f"{name}.{zone}"
    _check_length(name, field)
    return f"{name}."


def shown_name(name: str, zone: str) -> str:
    """The whole name as people read it: ``www`` of ``xn--espaa-rta.example`` → ``www.españa.example``."""
    return readable(zone if name == "@" else f"{name}.{zone}")


def _refuse_what_is_no_host(typed: str, field: str) -> None:
    if "://" in typed or "/" in typed:
        raise BusinessError(_("Escriba solo el nombre, sin http:// ni diagonales."), field=field)
    if "@" in typed:
        raise BusinessError(_("Esto parece un correo: escriba el nombre de un servidor."), field=field)
    refuse_address(typed, field)


def refuse_address(typed: str, field: str) -> None:
    """BusinessError for an IP address where a name belongs."""
    try:
        ip_address(typed.strip("[]"))
    except ValueError:
        return
    raise BusinessError(
        _("Aquí va un nombre, no una dirección IP. Cree un registro A con la dirección y apunte a su nombre."),
        field=field,
    )


def _wire_labels(typed: str, field: str, *, has_wildcard: bool = False) -> list[str]:
    _check_length(typed, field, most=LONGEST_TYPED)  # before it is mapped: that takes its time
    labels = typed.split(".")
    if "" in labels:
        raise BusinessError(_("Tiene un punto de más: no puede haber dos seguidos ni uno al principio."), field=field)
    return [
        label if label == "*" and has_wildcard and number == 0 else _wire_label(label, field)
        for number, label in enumerate(labels)
    ]


def _wire_label(label: str, field: str) -> str:
    wire = label
    if not label.isascii():
        try:
            mapped = idna.uts46_remap(label, std3_rules=False, transitional=False)
            wire = mapped if mapped.isascii() else idna.alabel(mapped).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise BusinessError(
                _("“%(part)s” no puede ser parte de un nombre.") % {"part": label[:40]}, field=field
            ) from None
    if len(wire) > MAX_LABEL:
        raise BusinessError(
            _("Cada parte entre puntos puede tener 63 caracteres como máximo; “%(part)s…” ocupa %(count)s.")
            % {"part": label[:20], "count": len(wire)},
            field=field,
        )
    if wire == "*":
        raise BusinessError(_("El asterisco solo puede ser la primera parte: *.ejemplo."), field=field)
    if not _LABEL.fullmatch(wire):
        raise BusinessError(
            _(
                "“%(part)s” no sirve en un nombre: use letras, números, guiones y guion bajo; no empiece ni termine con guion."
            )
            % {"part": label[:40]},
            field=field,
        )
    return wire


def _check_length(name: str, field: str, *, most: int = MAX_NAME) -> None:
    if len(name.removesuffix(".")) > most:
        raise BusinessError(
            _("El nombre completo puede tener 253 caracteres como máximo; este tiene %(count)s.")
            % {"count": len(name.removesuffix("."))},
            field=field,
        )
