"""Reads the source: whatever a service writes into the log, a person can read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from accounts.log_texts import ACTION_TEXTS, AREAS, FIELD_LABELS

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "users", "billing", "marketplace", "exchange", "domains", "cloudpanel", "notices"]
CODE = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_*]+")


CHANGES = {"before", "after"}


@cache
def nodes() -> tuple[ast.AST, ...]:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return tuple(node for path in files for node in ast.walk(ast.parse(path.read_text())))


def calls() -> list[ast.Call]:
    return [node for node in nodes() if isinstance(node, ast.Call)]


def texts(node: ast.expr) -> Iterator[str]:
    """The strings an expression may be; what is computed is a ``*``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)


def actions() -> set[str]:
    """What is handed over as ``action=``, or first of all to some ``…log…()``."""
    given = [keyword.value for call in calls() for keyword in call.keywords if keyword.arg == "action"]
    given += [argument for call in calls() if "log" in ast.unparse(call.func) for argument in call.args]
    return {text for node in given for text in texts(node) if CODE.fullmatch(text)}


def data_keys() -> set[str]:
    """The literal keys of what is handed over, or put together, as ``before`` and ``after``."""
    given = [keyword.value for call in calls() for keyword in call.keywords if keyword.arg in CHANGES]
    given += [node.value for node in nodes() if isinstance(node, ast.Assign) and _is_change(node.targets[0])]
    given += [
        node.value for node in nodes() if isinstance(node, ast.AnnAssign) and node.value and _is_change(node.target)
    ]
    dicts = (node for value in given for node in ast.walk(value) if isinstance(node, ast.Dict))
    return {key.value for node in dicts for key in node.keys if isinstance(key, ast.Constant)}


def _is_change(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id in CHANGES


def test_every_action_has_a_sentence():
    missing = [a for a in sorted(actions()) if not any(fnmatchcase(known, a) for known in ACTION_TEXTS)]
    assert missing == [], "write their Spanish sentences into accounts/log_texts/"


def test_every_datum_has_a_label():
    assert sorted(data_keys() - set(FIELD_LABELS)) == [], "write their Spanish labels into accounts/log_texts/"


def test_every_action_belongs_to_an_area():
    assert {action.partition(".")[0] for action in ACTION_TEXTS} <= set(AREAS)


def test_every_sentence_names_its_object_or_needs_none():
    assert all(str(text) % {"object": "algo"} for text in ACTION_TEXTS.values())
