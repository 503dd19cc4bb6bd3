"""The texts of the product and their English: extraction and the check that none is missing, without gettext.

The sources are Spanish, so Spanish needs no catalogue. ``python -m cloudpanel.local messages`` brings
``locale/en/LC_MESSAGES/django.po`` up to date with the sources; ``make lint`` refuses a text without its English.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from cloudpanel.local.places import ROOT

CATALOG = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
NOT_SHOWN = {"benchmarks", "tests"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = """# The panel's texts in English. New ones come in by `python -m cloudpanel.local messages`.
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[sd]")


def source_texts() -> Catalog:
    """Every text marked for translation in Python, Django templates and Jinja templates."""
    found = Catalog(charset="utf-8")
    for path, method, content in _sources():
        try:
            extracted = list(extract(method, io.BytesIO(content.encode()), keywords=KEYWORDS, options=_OPTIONS[method]))
        except (SyntaxError, IndentationError) as error:
            raise ValueError(f"{path}: {error}") from error
        for _line, text, _comments, context in extracted:
            found.add(text, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    return found


def missing_translations() -> list[str]:
    """One line per text that has no English, or whose English has other placeholders."""
    english = _english()
    complaints = []
    for message in source_texts():
        if not message.id:
            continue
        translation = english.get(message.id, message.context)
        if translation is None or translation.fuzzy or not all(_texts(translation.string)):
            complaints.append(f"no English: {_where(message)}: {_texts(message.id)[0]!r}")
        elif _placeholders(message.id) != _placeholders(translation.string):
            complaints.append(f"other placeholders in English: {_where(message)}: {_texts(message.id)[0]!r}")
    return complaints


def update_catalog() -> int:
    """Add new texts to the English catalogue, drop those that are gone; return how many still lack English."""
    english = _english()
    english.update(source_texts(), no_fuzzy_matching=True)
    english.obsolete.clear()
    save_catalog(english)
    return len(missing_translations())


def save_catalog(english: Catalog) -> None:
    """Write the catalogue in one form, without dates, so that two people's changes rarely meet."""
    buffer = io.BytesIO()
    write_po(buffer, english, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    CATALOG.write_text(HEADER + buffer.getvalue().decode())


def _english() -> Catalog:
    if not CATALOG.exists():
        return Catalog(locale="en", charset="utf-8")
    with CATALOG.open("rb") as file:
        return read_po(file, locale="en")


_OPTIONS: dict[str, dict[str, str]] = {"python": {"encoding": "utf-8"}, "jinja2.ext:babel_extract": {"trimmed": "true"}}


def _sources() -> Iterator[tuple[Path, str, str]]:
    for package in sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in NOT_SHOWN):
        for path in sorted(package.rglob("*.py")):
            yield path, "python", path.read_text()
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if "jinja2" in path.parts:
            yield path, "jinja2.ext:babel_extract", path.read_text()
        elif path.suffix in {".html", ".txt"}:
            # templatize leaves the surrounding mark-up as X, with its indentation: to Python that must look flat.
            yield path, "python", "\n".join(line.strip() for line in templatize(path.read_text()).splitlines())


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (tuple, list)) else [str(value or "")]


def _placeholders(value: object) -> set[str]:
    return {found for text in _texts(value) for found in PLACEHOLDER.findall(text)}


def _where(message: Message) -> str:
    return ", ".join(sorted({path for path, _ in message.locations}))
