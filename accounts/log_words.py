"""Says a line of the *registro de acciones* in words: who did what, and what changed from what to what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.log_models import ActionLogEntry
from accounts.log_texts import ACTION_TEXTS, AREAS, CODED, FIELD_LABELS, HIDDEN, VALUE_TEXTS

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PERSON = re.compile(r"^(?P<name>.*?) <(?P<email>[^<>]+)>$")


@dataclass(frozen=True, slots=True)
class Change:
    """One datum: its label, what it was and what it became. Empty text stands for nothing."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        facts = {"label": self.label, "before": self.before, "after": self.after}
        return _frame(get_language(), bool(self.before), bool(self.after)) % facts


def person(name: str) -> tuple[str, str]:
    """(name, e-mail) of a line's *quién*; the e-mail is empty for the panel itself."""
    match = _PERSON.match(name)
    if match:
        return match["name"] or match["email"], match["email"]
    return (_("El panel") if name == "Sistema" else name), ""


def sentence(entry: ActionLogEntry) -> str:
    """What was done, without who: ``creó el buzón ana@empresa.example``."""
    return _sentence(get_language(), entry.action) % {"object": entry.object_name or "—"}


def whole_sentence(entry: ActionLogEntry) -> str:
    """Who, on whose behalf, and what."""
    facts = {"person": person(entry.actor_name)[0], "what": sentence(entry)}
    if entry.impersonator_name:
        facts["agent"] = person(entry.impersonator_name)[0]
        return _("%(agent)s, en nombre de %(person)s, %(what)s.") % facts
    return _("%(person)s %(what)s.") % facts


def area(entry: ActionLogEntry) -> str:
    code = entry.action.partition(".")[0]
    return str(AREAS.get(code, code))


def changes(entry: ActionLogEntry) -> list[Change]:
    """What differs between before and after, each datum once, in the order in which it was written."""
    before, after = dict(_flat(entry.before)), dict(_flat(entry.after))
    pairs = [(key, before.get(key), after.get(key)) for key in [*after, *(k for k in before if k not in after)]]
    return [change(key, old, new) for key, old, new in pairs if old != new and key not in HIDDEN]


def change(key: str, before: Any, after: Any) -> Change:
    is_code = key.rpartition(".")[2] in CODED
    return Change(label(key), value_text(before, is_code=is_code), value_text(after, is_code=is_code))


def label(key: str) -> str:
    """``quota_mb`` → *límite*; of nested data each step: ``contact.email`` → *contacto, correo*."""
    return _label(get_language(), key)


# A download says the same few words a hundred thousand times: each is translated once for each language.
@lru_cache(maxsize=1_000)
def _sentence(language: str | None, action: str) -> str:
    text = ACTION_TEXTS.get(action)
    return str(text) if text is not None else f"{action.replace('%', '%%')}: %(object)s"


@lru_cache(maxsize=1_000)
def _label(language: str | None, key: str) -> str:
    text = ", ".join(str(FIELD_LABELS.get(part, part.replace("_", " "))) for part in key.split("."))
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=8)
def _frame(language: str | None, has_before: bool, has_after: bool) -> str:
    if has_before and has_after:
        return _("%(label)s: de «%(before)s» a «%(after)s»")
    return _("%(label)s: «%(after)s»") if has_after else _("%(label)s: era «%(before)s»")


def value_text(value: Any, *, is_code: bool = False) -> str:
    """A datum as people write it: *sí*, *no*, a date of this country, a list with commas. ``is_code``: one of ours."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, int):
        return number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item, is_code=is_code) for item in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{label(str(key))}: {value_text(item, is_code=key in CODED)}" for key, item in value.items())
    return _word(str(value), is_code)


def _word(text: str, is_code: bool) -> str:
    if is_code:
        return str(VALUE_TEXTS.get(text, text))
    moment = _moment(text)
    if isinstance(moment, datetime):
        return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "DATETIME_FORMAT")
    return date_format(moment, "DATE_FORMAT") if moment else text


def _moment(text: str) -> datetime | date | None:
    if not _DATE.match(text):
        return None
    try:
        return parse_date(text) or (parse_datetime(text) if "T" in text else None)
    except ValueError:  # well formed, but there is no 30 February
        return None


def _flat(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested data as ``outer.inner`` keys."""
    if not isinstance(data, Mapping):
        if data:
            yield (prefix.rstrip(".") or "value"), data
        return
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
