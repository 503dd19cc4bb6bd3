"""What the screen says about a difference: its state, and what each side says, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from exchange.models import DistributionList, Finding
from exchange.sizes import readable_megabytes
from exchange.states import ATTENTION, IN_PROCESS, Shown

MOST_NAMED = 10
WHOLE = ("state", "quota_mb", "name")
"""Said of what only one side has."""
RESOLVED = Shown("resolved", gettext_lazy("Resuelto"), "success")
STATES: Mapping[str, str | Promise] = {
    "enabled": gettext_lazy("habilitado"),
    "disabled": gettext_lazy("deshabilitado"),
    "removed": gettext_lazy("en la papelera"),
}


ACCESS: Mapping[str, str | Promise] = {
    "full": gettext_lazy("acceso total"),
    "send_as": gettext_lazy("enviar como"),
    "send_on_behalf": gettext_lazy("enviar en nombre de"),
}


def _protocols(value: list[str]) -> str:
    return ", ".join(word.upper() for word in value) or _("ninguno")


def _several(value: list[str]) -> str:
    """A list may have thousands."""
    shown = ", ".join(value[:MOST_NAMED])
    more = len(value) - MOST_NAMED
    if more > 0:
        return _("%(some)s y %(count)s más") % {"some": shown, "count": more}
    return shown or _("ninguno")


def _permissions(value: list[str]) -> str:
    """``ana@x: full send_as`` → ``ana@x (acceso total, enviar como)``."""
    parts = [each.partition(": ") for each in value]
    shown = [f"{who} ({', '.join(str(ACCESS[kind]) for kind in kinds.split())})" for who, _colon, kinds in parts]
    return _several(shown)


def _forwarding(value: list[Any]) -> str:
    if not value:
        return _("no")
    target, keeps_copy = value
    return _("%(address)s, con copia") % {"address": target} if keeps_copy else str(target)


WORDS: Mapping[str, tuple[str | Promise, Callable[[Any], str | Promise]]] = {
    "address": (gettext_lazy("dirección"), str),
    "quota_mb": (gettext_lazy("límite"), lambda size: readable_megabytes(size) if size else _("sin límite propio")),
    "state": (pgettext_lazy("of a mailbox", "estado"), lambda state: STATES.get(state, state)),
    "protocols": (gettext_lazy("protocolos"), _protocols),
    "aliases": (gettext_lazy("alias"), _several),
    "permissions": (gettext_lazy("permisos"), _permissions),
    "forwarding": (gettext_lazy("reenvío"), _forwarding),
    "name": (gettext_lazy("nombre"), str),
    "senders": (gettext_lazy("quién puede escribir"), lambda code: DistributionList.Senders(code).label),
    "members": (gettext_lazy("integrantes"), _several),
    "owners": (gettext_lazy("propietarios"), _several),
    "auto_reply": (gettext_lazy("respuesta automática"), lambda is_on: _("encendida") if is_on else _("apagada")),
}


def shown_of_finding(finding: Finding) -> Shown:
    """Requiere atención → En proceso → Resuelto. ``last_job`` at hand (``select_related``)."""
    if finding.resolved_at is not None:
        return RESOLVED
    job = finding.last_job
    return IN_PROCESS if job is not None and job.is_active else ATTENTION


def why_it_failed(finding: Finding) -> str:
    """Of the last try to mend it."""
    job = finding.last_job
    is_failed = finding.resolved_at is None and job is not None and not job.is_active
    return str(job.user_message) if is_failed and job is not None else ""


def sides_of(finding: Finding) -> list[tuple[str, str, str]]:
    """(what, in the panel, in the server) for each datum that differs."""
    if finding.kind == Finding.Kind.UNKNOWN:
        return [(str(WORDS[key][0]), "", _said(finding.server, key)) for key in WHOLE if key in finding.server]
    keys = [key for key in WORDS if key in finding.panel]
    if finding.kind == Finding.Kind.MISSING:
        keys = [key for key in keys if key in WHOLE]
    return [(str(WORDS[key][0]), _said(finding.panel, key), _said(finding.server, key)) for key in keys]


def _said(side: Mapping[str, Any], key: str) -> str:
    return str(WORDS[key][1](side[key])) if key in side else ""
