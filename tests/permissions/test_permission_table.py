"""Who may do what, for every address of the product, in one table (tests/permissions/table.txt).

The columns are the people who try:
``visitor`` has not signed in; ``admin`` administers the account whose things the address names; ``delegate`` has the
subscription delegated; ``outsider`` is a delegate of the same account without it; ``service`` is a service user of the
same account, to whom the mailbox belongs; ``stranger`` administers another customer.

The words are what they get:
``ok`` the page, or the action carried out or refused for a reason that is not theirs; ``login`` the sign-in page;
``403`` their role does not allow it; ``404`` for them it does not exist; ``405`` the address takes no such request;
``410`` a link that is dead; ``503`` a part of the panel is down. One word alone is what everybody gets.

An address without a line there fails the suite: decide who may, then write it down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.permissions.world import PEOPLE, World, build_world

TABLE = Path(__file__).with_name("table.txt")
SIGN_IN = "/acceso/login/"
REDIRECTS = {301, 302, 303}
MOST_STEPS = 5
FEW = ("visitor", "admin", "stranger")  # enough to try what everybody gets


@dataclass(frozen=True)
class Line:
    method: str
    route: str
    expected: dict[str, str]

    @property
    def part(self) -> str:
        """Lines that begin alike share one world: building it costs more than trying."""
        return self.route.partition("/")[0] or "inicio"


def read_table() -> list[Line]:
    lines = (text.split() for text in TABLE.read_text().splitlines() if text.strip() and not text.startswith("#"))
    return [Line(method, route.removeprefix("/"), by_person(words)) for method, route, *words in lines]


def by_person(words: list[str]) -> dict[str, str]:
    if len(words) == 1:
        return dict.fromkeys(FEW, words[0])
    return dict(zip(PEOPLE, words, strict=True))


def routes(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def outcome(client: Client, method: str, address: str) -> str:
    """The word for what came back; of a page that leads on, for where it leads. What the request changed is undone."""
    with transaction.atomic():
        response = getattr(client, method.lower())(address)
        for _ in range(MOST_STEPS):
            if response.status_code not in REDIRECTS or response["Location"].startswith(SIGN_IN):
                break
            response = client.get(response["Location"])
        transaction.set_rollback(True)
    if response.status_code in REDIRECTS and response["Location"].startswith(SIGN_IN):
        return "login"
    assert response.status_code != 500, response.content[:500]
    return "ok" if response.status_code in {200, 204, 301, 302, 303, 409, 422} else str(response.status_code)


@pytest.fixture
def world(db, settings) -> World:
    """Sessions without their copy in Redis: what one line changes in them is undone with everything else."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    return build_world()


def test_every_address_has_its_lines():
    known = {(line.method, line.route) for line in read_table()}
    there = {(method, route) for route in routes() if not route.startswith("admin/") for method in ("GET", "POST")}
    assert sorted(there - known) == [], "decide who may, and write it into tests/permissions/table.txt"
    assert sorted(known - there) == [], "no such address any more"


@pytest.mark.parametrize("part", sorted({line.part for line in read_table()}))
def test_each_person_gets_what_the_table_says(world, part):
    wrong = []
    for line in (line for line in read_table() if line.part == part):
        address = world.address(line.route)
        got = {person: outcome(world.client_of(person), line.method, address) for person in line.expected}
        wrong += [
            (line.method, address, who, got[who], "not", what)
            for who, what in line.expected.items()
            if got[who] != what
        ]
    assert wrong == []


def test_nobody_but_support_staff_enters_the_administration(world):
    addresses = [
        f"/{route}" for route in routes() if route.startswith("admin/") and "<" not in route and "^" not in route
    ]
    assert len(addresses) > 20
    for number, address in enumerate([*addresses, "/admin/accounts/user/1/change/"]):
        for person in ("visitor", PEOPLE[1 + number % (len(PEOPLE) - 1)]):  # each tries every fifth
            assert outcome(world.client_of(person), "GET", address) in {"login", "400", "403", "404", "405"}, (
                person,
                address,
            )
