"""What a wrong cell could say instead: worked out when somebody looks, or when all of a kind are mended at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.core.folding import fold
from cloudpanel.core.tabular import csv_records
from exchange.services.addresses import MAX_LOCAL, RESERVED
from exchange.services.aliases import MAX_ALIASES
from exchange.services.imports import columns
from exchange.services.imports.judging import Judge, Problem, aliases_in, as_a_label, name_from_address
from exchange.services.imports.reasons import DUPLICATE, TAKEN, TAKEN_ALIAS, TAKEN_BIN, TAKEN_LIST
from exchange.services.mailboxes import MAX_NAME

_DECORATED = re.compile(r"(?:mailto:|smtp:|sip:)?([^<>\s]+@[^<>\s]+)", re.IGNORECASE)
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
_NOT_COMPUTED = ("=", "#")  # =LOWER(B2), #N/A
MOST_TRIES = 9
NUMBERED = {DUPLICATE, TAKEN, TAKEN_BIN, TAKEN_ALIAS, TAKEN_LIST}
_FROM_TEMPLATE = {
    "quota_bad": gettext_lazy("El tamaño de la plantilla"),
    "switch_bad": gettext_lazy("Lo que diga la plantilla"),
}
_ACCEPTED = {csv_records.OPEN_QUOTE, csv_records.OTHER_ENCODING, csv_records.UNREADABLE_SIGN}


@dataclass(frozen=True, slots=True)
class Proposal:
    """``value`` is what the cell would hold; ``label`` says it to a person (an empty cell needs words)."""

    value: str
    label: str


def merged(problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with several aliases of one cell, as one: its proposal leaves all of them out."""
    aliases = [one for one in problems if one.field == columns.ALIASES]
    others = [one for one in problems if one.field != columns.ALIASES]
    values = ", ".join(one.value for one in aliases)
    return [*others, *(Problem(one.field, one.code, values) for one in aliases[:1])]


def propose(problem: Problem, cells: Sequence[str], judge: Judge, taken: Collection[str] = ()) -> Proposal | None:
    """None when nobody could guess. ``taken`` are the addresses that :func:`numbered` ones must not be."""
    text = judge.cell(cells, problem.field)
    code = problem.code
    if code in _ACCEPTED:
        return Proposal(text, _("Está bien así"))
    if code.startswith("password") or code == "link_same":
        blank = _("Sin contraseña del archivo") if code.startswith("password") else _("Sin correo alterno")
        return Proposal("", blank)
    if problem.field == columns.ALIASES:
        return _aliases_left(problem, text, judge, cells)
    if problem.field == columns.DOMAIN:
        return _said(nearest_domain(text, judge))
    if code in NUMBERED:
        address = judge.written_address(cells)[1].lower()
        return _said(next((one for one in numbered(address) if one not in taken), ""))
    if problem.field in columns.ADDRESSES:
        return _said(mended_address(judge.written_address(cells)[1], judge, cells))
    if code.startswith("name"):
        return _said(mended_name(problem, text, judge, cells))
    if code == "template_unknown":
        names = {fold(name): name for name in judge.around.template_names}
        near = get_close_matches(fold(text), names, n=1, cutoff=0.5)
        return _said(names[near[0]]) if near else Proposal("", _("La plantilla predeterminada"))
    if code == "quota_small":
        return _said(f"{text.strip()} GB")
    if code in _FROM_TEMPLATE:
        return Proposal("", str(_FROM_TEMPLATE[code]))
    if code == "link_bad":
        found = re.search(r"[^\s@<>,;\"()]+@[^\s@<>,;\"()]+\.[a-zA-Z]{2,}", text)
        return _said(found[0]) if found and found[0] != text else Proposal("", _("Sin correo alterno"))
    return None


def _aliases_left(problem: Problem, text: str, judge: Judge, cells: Sequence[str]) -> Proposal:
    """Those that can be, without the ones that somebody else has."""
    good, _bad = aliases_in(text, judge.around.domains, judge.written_address(cells)[1].lower())
    lost = problem.value.split(", ")
    left = [alias for alias in good if alias not in lost][:MAX_ALIASES]
    return _said("; ".join(left)) or Proposal("", _("Sin alias"))


def _said(value: str) -> Proposal | None:
    return Proposal(value, value) if value else None


def numbered(address: str) -> list[str]:
    """``ana@x`` → ``ana2@x`` … ``ana9@x``."""
    local, _at, domain = address.partition("@")
    return [f"{local[: MAX_LOCAL - 1]}{number}@{domain}" for number in range(2, MOST_TRIES + 1)]


def mended_address(text: str, judge: Judge, cells: Sequence[str]) -> str:
    """The nearest address that could be handed out; empty when there is none."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] != "C")
    found = _DECORATED.search(plain)
    plain = found[1] if found and ("<" in plain or ":" in plain) else plain
    local, _at, domain = plain.rpartition("@")
    local = mended_local("" if local.startswith(_NOT_COMPUTED) else local) or mended_local(_name_in(judge, cells))
    if not local:
        return ""
    if local in RESERVED:
        local = f"correo.{local}"
    return f"{local}@{nearest_domain(domain, judge)}"


def _name_in(judge: Judge, cells: Sequence[str]) -> str:
    return judge.cell(cells, columns.NAME) or judge.parts_of_name(cells)


def mended_local(text: str) -> str:
    """``" José  Pérez+ventas"`` → ``jose.perez``."""
    letters = "".join(_LETTERS.get(sign, sign) for sign in text.strip().lower().partition("+")[0])
    decomposed = unicodedata.normalize("NFKD", letters)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    plain = re.sub(r"\s+", ".", plain.strip())
    plain = re.sub(r"[^a-z0-9._-]", "", plain)
    return re.sub(r"\.{2,}", ".", plain).lstrip(".-").rstrip(".")[:MAX_LOCAL].rstrip(".")


def nearest_domain(text: str, judge: Judge) -> str:
    """The domain that was probably meant, or the default one."""
    wanted = as_a_label("".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) != "Cf"))
    if wanted in judge.around.domains:
        return wanted
    near = get_close_matches(wanted, list(judge.around.domains), n=1, cutoff=0.75)
    return near[0] if near else judge.around.default_domain


def mended_name(problem: Problem, text: str, judge: Judge, cells: Sequence[str]) -> str:
    plain = "".join(" " if sign in "\r\n\t\u2028\u2029" else sign for sign in text)
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    plain = " ".join(plain.split()).lstrip("=+-@＝＋－＠ ")
    plain = plain or name_from_address(mended_address(judge.written_address(cells)[1], judge, cells))
    return plain[:MAX_NAME].strip()
