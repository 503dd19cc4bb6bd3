"""SPF (RFC 7208): whether a record lets our servers send, and whether receivers can evaluate it at all.

Pure: texts in, words out. What other names say is asked through ``Fetch``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

MOST_LOOKUPS = 10
"""Terms that cost a question of the DNS; one more, and receivers give up (section 4.6.4)."""
Fetch = Callable[[str], Sequence[str] | None]
"""The TXT records at a name; None when nobody answered."""
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})
_TERM = re.compile(r"(?P<qualifier>[+\-~?]?)(?P<name>[a-z][a-z0-9_.-]*)(?P<rest>[:/=].*)?$", re.IGNORECASE)


def is_spf(text: str) -> bool:
    """``v=spf1`` and a blank or the end: ``v=spf10`` is something else (section 4.5)."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def with_mechanism(record: str, mechanism: str) -> str:
    """``v=spf1 ip4:192.0.2.1 -all`` and ``mx`` → ``v=spf1 ip4:192.0.2.1 mx -all``: what follows ``all`` is never read, and
    the same mechanism with another sign would come first."""
    if _lets(record, mechanism):
        return record
    words = [word for word in record.split() if _bare(word) != mechanism.lower()]
    place = next((at for at, word in enumerate(words) if _is_last(word)), len(words))
    return " ".join([*words[:place], mechanism, *words[place:]])


def merged(records: Sequence[str]) -> str:
    """One record with every mechanism of several, and the first ``all`` among them."""
    words = [word for record in records for word in record.split()[1:]]
    kept = list(dict.fromkeys(word for word in words if not _is_last(word)))
    return " ".join(["v=spf1", *kept, *[word for word in words if _is_last(word)][:1]])


@dataclass
class Walk:
    """``reaches``: the mechanism is in the record, or in one that it includes. ``trouble`` is empty or why receivers call
    the record a permanent error: ``spf_lookups``, ``spf_loop``, ``spf_include``,
    ``spf_syntax``."""

    reaches: bool = False
    lookups: int = 0
    trouble: str = ""


def walk(domain: str, record: str, mechanism: str, fetch: Fetch) -> Walk:
    """As a receiver would go through it, for a sender that no mechanism lets in: the longest way."""
    going = Walk()
    _visit(going, record, mechanism, fetch, (domain.lower(),))
    return going


def _visit(going: Walk, record: str, mechanism: str, fetch: Fetch, path: tuple[str, ...], *, lets: bool = True) -> None:
    redirect = ""
    for word in _words(record):
        read = _TERM.match(word)
        if read is None or not _is_known(read):
            going.trouble = "spf_syntax"
            return
        name, rest = read["name"].lower(), read["rest"] or ""
        if lets and read["qualifier"] in {"", "+"} and _bare(word) == mechanism.lower():
            going.reaches = True
        if name == "redirect":
            redirect = rest[1:]
        elif name in _ASKING and not rest.startswith("="):
            going.lookups += 1
        if name == "include":
            _follow(going, rest[1:], mechanism, fetch, path, lets=lets and read["qualifier"] in {"", "+"})
        if going.trouble or going.lookups > MOST_LOOKUPS:
            break
    if redirect and not going.trouble and not any(_bare(word) == "all" for word in record.split()):
        going.lookups += 1
        _follow(going, redirect, mechanism, fetch, path, lets=lets)
    if going.lookups > MOST_LOOKUPS:
        going.trouble = "spf_lookups"


def _is_known(read: re.Match[str]) -> bool:
    """A mechanism with what it needs, or a modifier, which may have any name (sections 5 and 6)."""
    name, rest = read["name"].lower(), read["rest"] or ""
    if name in {"ip4", "ip6"}:
        return _is_network(rest[1:], version=int(name[2])) and rest.startswith(":")
    if name in {"include", "exists"}:
        return rest.startswith(":") and len(rest) > 1
    if name in {"all", *_ASKING}:
        return name != "all" or not rest
    return rest.startswith("=") and not read["qualifier"]


def _is_network(text: str, *, version: int) -> bool:
    try:
        return ip_network(text, strict=False).version == version
    except ValueError:
        return False


def _follow(going: Walk, target: str, mechanism: str, fetch: Fetch, path: tuple[str, ...], *, lets: bool) -> None:
    name = target.lower().rstrip(".")
    if going.lookups > MOST_LOOKUPS or "%" in name:  # macros depend on who sends
        return
    if name in path:
        going.trouble = "spf_loop"
        return
    texts = fetch(name)
    if texts is None:
        return
    records = [text for text in texts if is_spf(text)]
    if len(records) != 1:  # none or several: a permanent error (section 5.2)
        going.trouble = "spf_include"
        return
    _visit(going, records[0], mechanism, fetch, (*path, name), lets=lets)


def _words(record: str) -> Iterator[str]:
    """Up to ``all``; a redirect is read wherever it stands."""
    is_over = False
    for word in record.split()[1:]:
        if not is_over or word.lower().startswith("redirect="):
            yield word
        is_over = is_over or _bare(word) == "all"


def _lets(record: str, mechanism: str) -> bool:
    signs = {word[0] if word[0] in "+-~?" else "+" for word in _words(record) if _bare(word) == mechanism.lower()}
    return signs == {"+"}


def _bare(word: str) -> str:
    return word.lower().lstrip("+-~?")


def _is_last(word: str) -> bool:
    return _bare(word) == "all" or word.lower().startswith("redirect=")
