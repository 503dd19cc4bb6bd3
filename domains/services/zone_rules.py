"""What records may stand together in a zone, in the words of whoever breaks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from cloudpanel.core.exceptions import BusinessError
from domains.zones.files import MAX_RECORDS
from domains.zones.records import Record

MAX_SET = 32_000
"""Octets of all values of one name and kind: an answer ends at 65,535."""


def check_together(records: Iterable[Record]) -> None:
    """A CNAME stands alone (RFC 1034, 3.6.2); no record twice; an answer fits into a message; a zone has an end."""
    sets: dict[tuple[str, str], list[Record]] = defaultdict(list)
    kinds: dict[str, set[str]] = defaultdict(set)
    for record in records:
        sets[record.name, record.kind].append(record)
        kinds[record.name].add(record.kind)
    for name, found in kinds.items():
        if "CNAME" in found and (len(found) > 1 or len(sets[name, "CNAME"]) > 1):
            raise BusinessError(
                _(
                    "“%(name)s” tendría un CNAME junto a otros registros. Va solo: quite lo demás o use registros A y AAAA."
                )
                % {"name": name},
                field="name",
                code="cname",
            )
    for (name, kind), together in sets.items():
        _check_set(name, kind, together)
    if sum(map(len, sets.values())) > MAX_RECORDS:
        raise BusinessError(_("Una zona puede tener 5,000 registros como máximo."), code="full")


def check_circles(zone: str, records: Iterable[Record]) -> None:
    """No CNAME leads back to itself through others of ``zone``: resolvers give up on such a name (RFC 1034, 5.3.3)."""
    ending = f".{zone}."
    leads = {each.name: each.value.removesuffix(ending) for each in records if each.kind == "CNAME"}
    free: set[str] = set()
    for start in leads:
        path: dict[str, None] = {}
        name = start
        while name in leads and name not in free:
            if name in path:
                raise BusinessError(
                    _("El CNAME de “%(name)s” da vueltas en círculo: %(path)s.")
                    % {"name": name, "path": " → ".join([*list(path)[:5], name])},
                    field="target",
                    code="circle",
                )
            path[name] = None
            name = leads[name]
        free.update(path)


def _check_set(name: str, kind: str, records: list[Record]) -> None:
    if len({record.value for record in records}) != len(records):
        raise BusinessError(_("Este registro ya está en la zona."), code="taken")
    if sum(len(record.value) for record in records) > MAX_SET:
        raise BusinessError(
            _("“%(name)s” tendría demasiados registros %(kind)s: la respuesta no cabe en un mensaje DNS.")
            % {"name": name, "kind": kind},
            code="too_large",
        )
    if kind == "MX" and len(records) > 1 and any(record.value == "0 ." for record in records):
        raise BusinessError(
            _("“.” significa que el dominio no recibe correo: quite los otros registros MX."),
            field="target",
            code="null_mx",
        )
    spf = [record for record in records if kind == "TXT" and record.value.lower().startswith('"v=spf1')]
    if len(spf) > 1:
        raise BusinessError(
            _("“%(name)s” ya tiene un registro SPF. Solo puede haber uno: cambie el que está.") % {"name": name},
            field="text",
            code="spf",
        )
