"""The part of Exchange's filter language (OPATH) that the driver uses: -eq, -ne, -like, -and, -or, -not, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tests.exchange.drivers.psrp.strict import Refused

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_TOKEN = re.compile(r"\s*(\(|\)|-and\b|-or\b|-not\b|-eq\b|-ne\b|-like\b|\$null|'(?:[^']|'')*'|[A-Za-z][A-Za-z0-9]*)")
FILTERABLE = frozenset(
    {"Name", "Alias", "Guid", "DisplayName", "EmailAddresses", "RecipientTypeDetails", "RecipientDisplayType"}
    | {f"CustomAttribute{number}" for number in range(1, 16)}
    | {f"ExtensionCustomAttribute{number}" for number in range(1, 6)}
)


def compiled(text: str) -> Test:
    """A predicate for rows. Refused when the text is not OPATH, or asks for what cannot be asked for."""
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Refused("ParsingException", f"Invalid filter syntax at {at}: {text}")
        tokens.append(found[1])
        at = found.end()
    test = _any(tokens)
    if tokens:
        raise Refused("ParsingException", f"Invalid filter syntax near {tokens[0]}: {text}")
    return test


def _any(tokens: list[str]) -> Test:
    tests = [_all(tokens)]
    while tokens and tokens[0] == "-or":
        tokens.pop(0)
        tests.append(_all(tokens))
    return lambda row: any(test(row) for test in tests)


def _all(tokens: list[str]) -> Test:
    tests = [_one(tokens)]
    while tokens and tokens[0] == "-and":
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda row: all(test(row) for test in tests)


def _one(tokens: list[str]) -> Test:
    first = _next(tokens)
    if first == "-not":
        inner = _one(tokens)
        return lambda row: not inner(row)
    if first == "(":
        inner = _any(tokens)
        if _next(tokens) != ")":
            raise Refused("ParsingException", "Invalid filter syntax: a parenthesis is open")
        return inner
    if first not in FILTERABLE:
        raise Refused("ParsingException", f"'{first}' is not a recognized filterable property")
    operator, literal = _next(tokens), _next(tokens)
    wanted = None if literal == "$null" else literal[1:-1].replace("''", "'").lower()
    return lambda row: _compare(operator, row.get(first), wanted)


def _compare(operator: str, held: Any, wanted: str | None) -> bool:
    values = [str(each).lower() for each in (held if isinstance(held, list) else [held]) if each not in (None, "")]
    if wanted is None:
        return bool(values) == (operator == "-ne")
    if operator == "-like":
        return any(fnmatchcase(value.partition(":")[2], wanted) or fnmatchcase(value, wanted) for value in values)
    return (wanted in values) == (operator == "-eq")


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise Refused("ParsingException", "Invalid filter syntax: it ends too early")
    return tokens.pop(0)
