"""Names of domains: what people type, what goes over the wire, and where a registrable name begins.

Over the wire and in the database a name is in lower-case A-labels without a final dot (RFC 5890, section 2.3.2.1), on
screen in U-labels. What is typed is mapped by UTS 46 (non-transitional: ``ß`` stays) and judged by IDNA 2008 (RFC 5891).
The public suffix list comes with its package; nothing is fetched while the panel runs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from ipaddress import ip_address

import idna
from django.utils.translation import gettext as _
from publicsuffixlist import PublicSuffixList

from cloudpanel.core.exceptions import BusinessError

MAX_NAME, MAX_LABEL = 253, 63  # octets of the wire form; RFC 1035, section 2.3.4
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
DOTS = str.maketrans("。．｡", "...")  # what UTS 46 takes for a dot

_suffixes = PublicSuffixList(accept_unknown=True)


class _NotAName(Exception):
    """Carries the Spanish sentence."""


def clean_domain(text: str, *, field: str = "name") -> str:
    """A domain that somebody may own, or a name below one; BusinessError says what is wrong with it.

    ``España.example.`` becomes ``xn--espaa-rta.example``. Public suffixes (``com.mx``) belong to nobody who could be a
    customer.
    """
    try:
        return _cleaned(text)
    except _NotAName as error:
        raise BusinessError(_with_suggestion(text, str(error)), field=field) from None


def clean_registrable(text: str, *, field: str = "name") -> str:
    """As :func:`clean_domain`, and nothing stands before the domain itself: ``www.empresa.com.mx`` is refused."""
    name = clean_domain(text, field=field)
    own = registrable(name)
    if name != own:
        raise BusinessError(
            _("“%(name)s” está dentro de otro dominio. Escriba el dominio: %(own)s")
            % {"name": readable(name), "own": readable(own)},
            field=field,
        )
    return name


def readable(name: str) -> str:
    """A-labels as people read them: ``xn--espaa-rta.example`` → ``españa.example``. What is no IDNA stays as it is."""
    if "xn--" not in name:
        return name
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def registrable(name: str) -> str:
    """The part that is registered: ``www.empresa.com.mx`` → ``empresa.com.mx``. Empty for a public suffix."""
    return _suffixes.privatesuffix(name) or ""


def ending(name: str) -> str:
    """The public suffix: ``empresa.com.mx`` → ``com.mx``."""
    return _suffixes.publicsuffix(name) or ""


def lookalike_warning(name: str) -> str:
    """A sentence when ``name`` (A-labels) can be taken for another one, by letters of another alphabet; else empty.

    It warns when a part is written in letters all of which look like Latin ones (``аррӏе``, or ``paypaı``), or mixes alphabets
    that nobody mixes. A word of an alphabet of its own (``россия``, ``日本``) does not deceive.
    """
    shown = readable(name)
    for label in shown.split("."):
        if label.isascii() or not (_is_disguised(label) or _mixes_alphabets(label)):
            continue
        foreign = sorted({f"{sign} (U+{ord(sign):04X})" for sign in label if _double(sign)})
        if not foreign:
            return _(
                "“%(label)s” mezcla letras de varios alfabetos. Si no es lo que quería escribir, tecléelo de nuevo."
            ) % {"label": label}
        return _(
            "“%(label)s” puede confundirse con “%(imitated)s”: lleva letras de otro alfabeto: %(letters)s. "
            "Si no es lo que quería escribir, tecléelo de nuevo."
        ) % {
            "label": label,
            "imitated": "".join(_double(sign) or sign for sign in label),
            "letters": ", ".join(foreign),
        }
    return ""


def _cleaned(text: str) -> str:
    typed = text.strip().translate(DOTS).lower()
    _refuse_what_is_no_name(typed)
    labels = typed.removesuffix(".").split(".")
    if "" in labels:
        raise _NotAName(_("Tiene un punto de más: no puede haber dos seguidos ni uno al principio."))
    name = ".".join(_wire_label(label) for label in labels)
    if len(name) > MAX_NAME:
        raise _NotAName(
            _("El nombre completo puede tener 253 caracteres como máximo; este tiene %(count)s.") % {"count": len(name)}
        )
    if "." not in name:
        raise _NotAName(_("Al dominio le falta la terminación, por ejemplo .com o .mx."))
    if not name.rpartition(".")[2][0].isalpha():
        raise _NotAName(_("La terminación no puede ser un número: debe ser como .com o .mx."))
    if ending(name) == name:
        raise _NotAName(_("“%(name)s” es una terminación pública; falta su nombre delante.") % {"name": readable(name)})
    return name


def _refuse_what_is_no_name(typed: str) -> None:
    """What people paste instead of a domain, each in its own words."""
    if not typed.strip("."):
        raise _NotAName(_("Escriba el dominio."))
    if _SCHEME.match(typed):
        raise _NotAName(_("Escriba solo el dominio, sin http:// ni https:// delante."))
    if "@" in typed:
        raise _NotAName(_("Esto parece un correo. Escriba solo el dominio, sin arroba."))
    if any(sign in typed for sign in "/\\?#"):
        raise _NotAName(_("Escriba solo el dominio, sin diagonales ni lo que sigue a ellas."))
    if _is_address(typed):
        raise _NotAName(_("Esto es una dirección IP, no un dominio."))
    if ":" in typed:
        raise _NotAName(_("Escriba solo el dominio, sin dos puntos ni número de puerto."))
    if any(sign.isspace() for sign in typed):
        raise _NotAName(_("Un dominio no lleva espacios."))
    if "_" in typed:
        raise _NotAName(_("Un dominio no lleva guion bajo (_); use un guion normal (-)."))


def _is_address(typed: str) -> bool:
    try:
        ip_address(typed.strip("[]"))
    except ValueError:
        return False
    return True


def _wire_label(label: str) -> str:
    """The A-label of one part, as typed."""
    if label.isascii():
        wire = label
        if wire.startswith("xn--"):
            _check_punycode(wire)
    else:
        wire = _encoded(label)
    if len(wire) > MAX_LABEL:
        raise _NotAName(
            _("Cada parte entre puntos puede tener 63 caracteres como máximo; “%(part)s…” ocupa %(count)s.")
            % {"part": label[:20], "count": len(wire)}
        )
    if wire.startswith("-") or wire.endswith("-"):
        raise _NotAName(_("Ninguna parte del dominio puede empezar ni terminar con guion."))
    if not _LABEL.fullmatch(wire):
        raise _NotAName(_refused_sign(wire))
    return wire


def _check_punycode(wire: str) -> None:
    try:
        idna.decode(wire)
    except (idna.IDNAError, UnicodeError):
        raise _NotAName(
            _("“%(part)s” empieza con xn--, pero no es un nombre internacional válido. Escríbalo con sus letras.")
            % {"part": wire[:MAX_LABEL]}
        ) from None


def _encoded(label: str) -> str:
    try:
        mapped = idna.uts46_remap(label, std3_rules=False, transitional=False)
        if mapped.isascii():  # full-width letters
            return mapped
        if mapped.startswith("-") or mapped.endswith("-"):
            return "-"
        wire = idna.alabel(mapped).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        if "too long" in str(error):
            raise _NotAName(
                _(
                    "Cada parte entre puntos puede tener 63 caracteres como máximo; “%(part)s…” ocupa más, escrita para el DNS."
                )
                % {"part": label[:20]}
            ) from None
        raise _NotAName(_refused_sign(label)) from None
    return wire


def _refused_sign(label: str) -> str:
    """Why a part is no name, by the first sign in it that cannot be."""
    for sign in label:
        kind = unicodedata.category(sign)
        if kind in {"So", "Sk", "Cs"} or sign == "\ufe0f":
            return _("Un dominio no lleva emojis ni símbolos como “%(sign)s”.") % {
                "sign": sign if kind == "So" else f"U+{ord(sign):04X}"
            }
        if kind in {"Cc", "Cf", "Zl", "Zp", "Cn", "Co"}:
            return _(
                "El nombre tiene un carácter que no se ve (U+%(code)04X). Tecléelo de nuevo en vez de pegarlo."
            ) % {"code": ord(sign)}
        if kind[0] in "PS" and sign != "-":
            return _("Un dominio no lleva el signo “%(sign)s”: solo letras, números y guiones.") % {"sign": sign}
    return _("Estas letras no se pueden combinar así en un dominio: “%(part)s”.") % {"part": label[:MAX_LABEL]}


def _with_suggestion(text: str, reason: str) -> str:
    """What was probably meant, when an address or an e-mail was pasted instead of a domain."""
    typed = text.strip()
    if len(typed) > 2 * MAX_NAME or not (_SCHEME.match(typed) or any(sign in typed for sign in "@/:")):
        return reason
    host = re.split(r"[/?#\\]", _SCHEME.sub("", typed, count=1), maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    try:
        own = registrable(_cleaned(host))
    except _NotAName:
        return reason
    return _("%(reason)s ¿Quiso decir %(name)s?") % {"reason": reason, "name": readable(own)}


@cache
def _double(sign: str) -> str:
    """The ASCII letter or digit for which ``sign`` can be taken; empty when there is none. ``ñ`` and ``á`` are no doubles."""
    from confusable_homoglyphs.confusables import confusables_data  # a megabyte: read when it is first needed

    if sign.isascii() or unicodedata.normalize("NFD", sign)[0].isascii():
        return ""
    looks_like = [str(each["c"]).lower() for each in confusables_data.get(sign, ())]
    return next((each for each in looks_like if len(each) == 1 and each.isascii() and each.isalnum()), "")


def _is_disguised(label: str) -> bool:
    """Every letter that is not ASCII looks like one that is."""
    foreign = [sign for sign in label if not sign.isascii()]
    return all(_double(sign) for sign in foreign)


_LOOK_ALIKE_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _mixes_alphabets(label: str) -> bool:
    """Letters of two alphabets that have shapes in common; Japanese, which mixes four, is left alone."""
    used = {unicodedata.name(sign, "").partition(" ")[0] for sign in label if sign.isalpha()}
    return len(used & _LOOK_ALIKE_ALPHABETS) > 1
