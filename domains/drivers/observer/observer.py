"""Asks a zone's own servers and public resolvers, each by itself and all at once: they often disagree for hours.

The servers of a zone are found through the public resolvers. An address that is not of the public Internet is not asked
(anybody may name ``10.0.0.1`` as a server of their domain), unless ``allow_private``, for tests and local mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import NamedTuple

import dns.resolver

from domains.drivers.observer.answers import Answer, Note, Seen
from domains.drivers.observer.asking import Reading, Server, ask

MOST_SERVERS = 8  # of one zone
THREADS = 12
_FINAL = frozenset({Note.FOUND, Note.NO_NAME, Note.NO_RECORD, Note.LOOP})


class Question(NamedTuple):
    """``kind`` is a record type: TXT, CNAME, MX."""

    name: str
    kind: str


class DnsObserver:
    """``resolvers`` as ``8.8.8.8``, ``127.0.0.1:5353`` or ``[2001:db8::1]:53``; none of them means those of the system.
    ``seconds`` is for one question to one server; ``authority_port`` is another one than 53 in tests only. ``local`` is the
    server of ``make run``, whose zones nobody else in the world knows: ``resolve`` asks it first."""

    def __init__(
        self,
        resolvers: Sequence[str] = (),
        *,
        authority_port: int = 53,
        seconds: float = 2.0,
        allow_private: bool = False,
        local: str = "",
    ) -> None:
        named = list(resolvers) or [str(each) for each in dns.resolver.Resolver().nameservers]
        self._resolvers = [_server(text) for text in named]
        self._first = [_server(local)] if local else []
        self._authority_port, self._seconds, self._allow_private = authority_port, seconds, allow_private

    def observe(self, zone: str, questions: Sequence[Question]) -> dict[Question, Seen]:
        """Everybody's answers to each question about names in ``zone``."""
        with ThreadPoolExecutor(THREADS) as pool:
            servers, note = self._authorities(zone, pool)
            asked = [(question, server) for question in questions for server in [*servers, *self._resolvers]]
            given = list(pool.map(lambda each: self._answer(each[1], each[0]), asked))
        found: dict[Question, list[Answer]] = {question: [] for question in questions}
        for question in questions if not servers else ():
            found[question].append(Answer(zone, note, is_authority=True))
        for (question, _server_asked), answer in zip(asked, given, strict=True):
            found[question].append(answer)
        return {question: Seen(tuple(answers)) for question, answers in found.items()}

    def resolve(self, questions: Sequence[Question]) -> dict[Question, Answer]:
        """As the world sees it: the first public resolver that knows answers."""
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(questions, pool.map(self._resolve, questions), strict=True))

    def _resolve(self, question: Question) -> Answer:
        answer = Answer("", Note.SILENCE)
        for server in (*self._first, *self._resolvers):
            answer = self._answer(server, question)
            if answer.note in _FINAL:
                break
        return answer

    def _answer(self, server: Server, question: Question) -> Answer:
        read = ask(server, question.name, question.kind, self._seconds)
        if server.is_authority and read.alias and read.note is Note.NO_RECORD:
            read = self._follow(read.alias, question.kind)
        return Answer(server.name, read.note, read.values, read.alias, server.is_authority)

    def _follow(self, alias: str, kind: str) -> Reading:
        """A zone's server tells where a CNAME leads, and not what is there."""
        there = self._resolve(Question(alias, kind))
        return Reading(there.note, there.values, there.alias or alias)

    def _authorities(self, zone: str, pool: ThreadPoolExecutor) -> tuple[list[Server], Note]:
        """At most eight, in alphabetical order; without any, why."""
        named = self._resolve(Question(zone, "NS"))
        if named.note is not Note.FOUND:
            return [], Note.NO_ZONE if named.note in {Note.NO_NAME, Note.NO_RECORD} else named.note
        found = [server for server in pool.map(self._located, named.values[:MOST_SERVERS]) if server is not None]
        return found, Note.NO_ZONE

    def _located(self, name: str) -> Server | None:
        for kind in ("A", "AAAA"):
            for address in self._resolve(Question(name, kind)).values:
                if self._allow_private or ip_address(address).is_global:
                    return Server(name, address, self._authority_port, is_authority=True)
        return None


def _server(text: str) -> Server:
    """Raises ValueError for what is no address, when the panel starts rather than when somebody waits."""
    address, port = text, "53"
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.removeprefix(":") or "53"
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    ip_address(address)
    return Server(address, address, int(port))
