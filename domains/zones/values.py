"""The data of a record, part by part: what a form asks for, what is wrong with it, and its zone-file form.

Each kind has named parts, the names of the form's fields. ``value_of`` makes the canonical text out of them, ``parts_of``
gives them back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, cast

import dns.exception
import dns.name
import dns.rdata
from django.utils.translation import gettext as _

from cloudpanel.core.domain_names import readable
from cloudpanel.core.exceptions import BusinessError
from domains.zones.names import clean_owner, clean_target, refuse_address
from domains.zones.records import LONGEST, NAMING, SHORTEST, BadRecord, Record, canonical, quoted_octets, strings_of

Parts = Mapping[str, str]
PARTS: Mapping[str, tuple[str, ...]] = {
    "A": ("address",),
    "AAAA": ("address",),
    "MX": ("preference", "target"),
    "TXT": ("text",),
    "CNAME": ("target",),
    "SRV": ("priority", "weight", "port", "target"),
    "CAA": ("flags", "tag", "content"),
    "NS": ("target",),
}
CAA_TAGS = ("issue", "issuewild", "iodef", "issuemail", "issuevmc")
MAX_TEXT = 4096
"""Octets of a TXT record; a DKIM key of 4,096 bits takes 740."""
_SERVICE = re.compile(r"(?:\*\.)?_[a-z0-9-]+\._[a-z0-9-]+(?:\..+)?")


def clean_record(zone: str, kind: str, name: str, ttl: int, parts: Parts) -> Record:
    """A record in canonical form; BusinessError at the field that is wrong."""
    if kind not in PARTS:
        raise BusinessError(_("Los registros %(kind)s no se administran aquí.") % {"kind": kind}, field="kind")
    owner = clean_owner(name, zone)
    _check_owner(kind, owner)
    check_ttl(ttl)
    return Record(owner, kind, _VALUES[kind](zone, parts), ttl)


def clean_from_text(zone: str, origin: str, kind: str, name: str, ttl: int, value: str) -> Record:
    """The same from zone-file form, names in it being relative to ``origin``: read, then judged part by part."""
    if kind not in PARTS:
        raise BusinessError(_("Los registros %(kind)s no se administran aquí.") % {"kind": kind}, field="kind")
    if kind in NAMING:
        refuse_address(value.rsplit(maxsplit=1)[-1], "value")
    try:
        text = canonical(dns.name.from_text(origin), kind, _ascii(value, kind))
    except (BadRecord, dns.exception.DNSException, UnicodeError):
        raise BusinessError(
            _("“%(value)s” no es un valor de un registro %(kind)s.") % {"value": value[:60], "kind": kind},
            field="value",
        ) from None
    return clean_record(zone, kind, name, ttl, parts_of(kind, text))


def check_ttl(ttl: int) -> None:
    if not SHORTEST <= ttl <= LONGEST:
        raise BusinessError(_("El tiempo de vida va de 60 segundos a 7 días (604800)."), field="ttl")


def parts_of(kind: str, value: str) -> dict[str, str]:
    """The parts of a canonical value, as a person reads them: IDN readable, a TXT joined."""
    data = cast("Any", dns.rdata.from_text("IN", kind, value))
    if kind in {"A", "AAAA"}:
        return {"address": str(data.address)}
    if kind == "TXT":
        return {"text": _joined(b"".join(data.strings), value)}
    if kind == "CAA":
        return {"flags": str(data.flags), "tag": data.tag.decode(), "content": data.value.decode(errors="replace")}
    target = {"target": shown_target(str(data.exchange if kind == "MX" else data.target))}
    if kind == "MX":
        return {"preference": str(data.preference), **target}
    if kind == "SRV":
        return {"priority": str(data.priority), "weight": str(data.weight), "port": str(data.port), **target}
    return target


def shown_value(kind: str, value: str) -> str:
    """In one line for lists: ``10 mail.empresa.mx.``"""
    return " ".join(parts_of(kind, value).values())


def shown_target(name: str) -> str:
    """Readable, the final dot kept: so it stays absolute when it is sent back."""
    return f"{readable(name.removesuffix('.'))}." if name != "." else name


# One function for each kind -----------------------------------------------------------------------------------


def _ipv4(zone: str, parts: Parts) -> str:
    typed = parts["address"].strip()
    try:
        address = ip_address(typed)
    except ValueError:
        raise BusinessError(
            _("No es una dirección IPv4. Son cuatro números de 0 a 255 separados por puntos: 192.0.2.10."),
            field="address",
        ) from None
    if isinstance(address, IPv6Address):
        raise BusinessError(_("Es una dirección IPv6: para ella use un registro AAAA."), field="address")
    return str(address)


def _ipv6(zone: str, parts: Parts) -> str:
    try:
        address = ip_address(parts["address"].strip().strip("[]"))
    except ValueError:
        raise BusinessError(_("No es una dirección IPv6, como 2001:db8::10."), field="address") from None
    if isinstance(address, IPv4Address):
        raise BusinessError(_("Es una dirección IPv4: para ella use un registro A."), field="address")
    if address.scope_id:
        raise BusinessError(_("Una dirección con % es de un solo equipo: quite lo que va desde el %."), field="address")
    return canonical(dns.name.root, "AAAA", str(address))


def _mx(zone: str, parts: Parts) -> str:
    preference = _number(parts["preference"], "preference")
    if parts["target"].strip() == ".":  # RFC 7505: "no mail here"
        if preference != 0:
            raise BusinessError(_("“.” significa que no se recibe correo: su prioridad es 0."), field="preference")
        return "0 ."
    return f"{preference} {clean_target(parts['target'], zone, field='target')}"


def _txt(zone: str, parts: Parts) -> str:
    typed = parts["text"].strip()
    if not typed:
        raise BusinessError(_("Escriba el texto."), field="text")
    octets = _strings(typed) if typed.startswith('"') else typed.encode()
    if len(octets) > MAX_TEXT:
        raise BusinessError(
            _("El texto puede tener 4,096 caracteres como máximo; este ocupa %(count)s.") % {"count": len(octets)},
            field="text",
        )
    if any(octet < 32 for octet in octets) and not typed.startswith('"'):
        raise BusinessError(_("El texto va en una sola línea, sin tabuladores."), field="text")
    return quoted_octets(octets)


def _cname(zone: str, parts: Parts) -> str:
    return clean_target(parts["target"], zone, field="target", is_host=False)


def _srv(zone: str, parts: Parts) -> str:
    numbers = [str(_number(parts[field], field)) for field in ("priority", "weight", "port")]
    target = "." if parts["target"].strip() == "." else clean_target(parts["target"], zone, field="target")
    return " ".join([*numbers, target])


def _caa(zone: str, parts: Parts) -> str:
    flags, tag, content = parts["flags"].strip() or "0", parts["tag"].strip().lower(), parts["content"].strip()
    if flags not in {"0", "128"}:
        raise BusinessError(_("Las marcas son 0 (normal) o 128 (crítica)."), field="flags")
    if tag not in CAA_TAGS:
        raise BusinessError(_("La etiqueta es una de: %(tags)s.") % {"tags": ", ".join(CAA_TAGS)}, field="tag")
    if tag == "iodef" and not re.match(r"(mailto:[^@\s]+@\S+|https?://\S+)$", content):
        raise BusinessError(
            _("Para iodef escriba mailto:correo@ejemplo.com o una dirección https://."), field="content"
        )
    if tag != "iodef" and not re.match(r"[a-z0-9.-]*( *;.*)?$", content, re.IGNORECASE):
        raise BusinessError(
            _("Escriba el dominio de la autoridad, como letsencrypt.org, o ; para ninguna."), field="content"
        )
    if not content or len(content) > 255 or not content.isascii() or not content.isprintable():
        raise BusinessError(
            _("Escriba el valor: hasta 255 caracteres sin acentos. Para no permitir ninguna autoridad, escriba ;"),
            field="content",
        )
    escaped = content.replace("\\", "\\\\").replace('"', '\\"')
    return canonical(dns.name.root, "CAA", f'{flags} {tag} "{escaped}"')


def _ns(zone: str, parts: Parts) -> str:
    return clean_target(parts["target"], zone, field="target")


_VALUES: Mapping[str, Callable[[str, Parts], str]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "MX": _mx,
    "TXT": _txt,
    "CNAME": _cname,
    "SRV": _srv,
    "CAA": _caa,
    "NS": _ns,
}


def _check_owner(kind: str, owner: str) -> None:
    if owner == "@" and kind == "CNAME":
        raise BusinessError(
            _(
                "El dominio mismo no puede ser un CNAME: ahí viven también su SOA y sus NS. "
                "Use registros A y AAAA con las direcciones, o un CNAME en www."
            ),
            field="name",
        )
    if owner == "@" and kind == "NS":
        raise BusinessError(
            _("Los servidores de nombres del dominio mismo son los nuestros; se cambian en la página del dominio."),
            field="name",
        )
    if kind == "SRV" and not _SERVICE.fullmatch(owner):
        raise BusinessError(
            _("El nombre de un SRV empieza con _servicio._protocolo, por ejemplo _sip._tcp."), field="name"
        )


def _number(text: str, field: str) -> int:
    typed = text.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 5 and int(typed) <= 65535):
        raise BusinessError(_("Escriba un número de 0 a 65535."), field=field)
    return int(typed)


def _strings(typed: str) -> bytes:
    """Quoted strings as a zone file has them: ``"una" "dos"``."""
    try:
        return b"".join(strings_of(_ascii(typed, "TXT")))
    except (dns.exception.DNSException, ValueError):
        raise BusinessError(
            _("Las comillas no cierran bien. Puede escribir el texto sin comillas."), field="text"
        ) from None


def _ascii(value: str, kind: str) -> str:
    """Letters beyond ASCII as a zone file writes them: ``\\195\\177``; names as A-labels."""
    if value.isascii():
        return value
    if kind in {"TXT", "CAA"}:
        return "".join(
            sign if sign.isascii() else "".join(f"\\{octet:03d}" for octet in sign.encode()) for sign in value
        )
    return value


def _joined(octets: bytes, value: str) -> str:
    """The text of a TXT; what is no UTF-8, would be trimmed or looks quoted stays in zone-file form."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return value
    return text if text and text == text.strip() and text.isprintable() and text[0] != '"' else value
