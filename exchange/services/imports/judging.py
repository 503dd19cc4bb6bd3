"""One row of a file: what it means, and what is wrong with it. Nothing here asks the database; what a row cannot know by
itself (another row has its address) is the work of :mod:`verifying`.

Runs for each of fifty thousand rows: the usual case takes one regular expression and some look-ups.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import idna

from accounts.validators import MINIMUM_SCORE, password_score
from cloudpanel.core.folding import fold
from cloudpanel.core.tabular.csv_records import WHOLE_ROW
from exchange.services.addresses import MAX_ADDRESS, MAX_LOCAL, RESERVED
from exchange.services.aliases import MAX_ALIASES
from exchange.services.imports import columns
from exchange.services.imports.amounts import is_small_without_unit, megabytes, switch
from exchange.services.mailboxes import MAX_NAME
from exchange.services.passwords import MAX_LENGTH, MIN_LENGTH

_ADDRESS = re.compile(r"([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_-])?)@([a-z0-9.-]+)")
_EMAIL = re.compile(r"[^\s@<>,;\"()]{1,64}@[^\s@<>,;\"()_]+\.[a-zA-Z][^\s@<>,;\"()_.]+")
_APART = re.compile(r"[;,|\s]+|\+(?=[A-Za-z0-9]+:)")  # Microsoft 365: SMTP:ana@x+smtp:anita@x
_FORMULA = re.compile(r"[=+\-@＝＋－＠]")
_HASHED = re.compile(r"\{[A-Za-z0-9.-]{2,}\}|\$(1|2[abxy]|5|6|y|7|argon2id?)\$")
_BREAKS = {"Cc", "Cs", "Zl", "Zp"}
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NO_PASSWORD = re.compile(r"[*•]*")  # what other systems write where they do not tell
ROW_FIELD = "row"


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    code: str
    value: str = ""
    note: str = ""


@dataclass(slots=True)
class Verdict:
    """What a row means. ``problems`` is empty when it could become a mailbox."""

    address: str = ""
    display_name: str = ""
    mail_domain_id: int | None = None
    template_id: int | None = None
    quota_mb: int | None = None
    allows_imap: bool | None = None
    allows_pop3: bool | None = None
    link_email: str = ""
    aliases: Sequence[str] = ()
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rows are held against. ``domains``: active ones by name, ``templates`` by folded name."""

    domains: Mapping[str, int]
    pending_domains: frozenset[str]
    default_domain: str
    templates: Mapping[str, int]
    template_names: Sequence[str] = ()


class Judge:
    """For all rows of one file."""

    def __init__(self, mapping: Sequence[str], around: Surroundings) -> None:
        self.mapping, self.around = mapping, around
        self.at = {name: index for index, name in enumerate(mapping) if name}
        self.quota_field = next((name for name in columns.QUOTAS if name in self.at), "")
        self.has_names = any(name in self.at for name in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME))
        self.name_field = next(
            (name for name in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME) if name in self.at), columns.NAME
        )

    def judge(self, cells: Sequence[str], password: str = "", notes: Mapping[int, str] | None = None) -> Verdict:
        verdict = Verdict()
        self._address(cells, verdict)
        self._name(cells, verdict)
        at = self.at
        if columns.TEMPLATE in at and (text := self.cell(cells, columns.TEMPLATE)):
            verdict.template_id = self.around.templates.get(fold(text))
            if verdict.template_id is None:
                verdict.problems.append(Problem(columns.TEMPLATE, "template_unknown", text[:254]))
        if self.quota_field and (text := self.cell(cells, self.quota_field)):
            self._quota(text, verdict)
        if columns.IMAP in at and (text := self.cell(cells, columns.IMAP)):
            verdict.allows_imap = self._switch(columns.IMAP, text, verdict)
        if columns.POP3 in at and (text := self.cell(cells, columns.POP3)):
            verdict.allows_pop3 = self._switch(columns.POP3, text, verdict)
        if columns.ALIASES in at and (text := self.cell(cells, columns.ALIASES)):
            self._aliases(text, verdict)
        if columns.LINK_EMAIL in at and (text := self.cell(cells, columns.LINK_EMAIL)):
            self._link(text, verdict)
        if password:
            self._password(password, verdict)
        if notes:
            self._notes(cells, notes, verdict)
        return verdict

    def cell(self, cells: Sequence[str], name: str) -> str:
        index = self.at.get(name)
        return cells[index] if index is not None and index < len(cells) else ""

    def written_address(self, cells: Sequence[str]) -> tuple[str, str]:
        """What the row says its address is, and in which column; a bare login is completed with its domain."""
        for name in columns.ADDRESSES:
            text = self.cell(cells, name)
            if text:
                break
        else:
            return next(name for name in columns.ADDRESSES if name in self.at), ""
        if "@" in text:
            return name, text
        return name, f"{text}@{self.cell(cells, columns.DOMAIN) or self.around.default_domain}"

    def parts_of_name(self, cells: Sequence[str]) -> str:
        parts = (columns.FIRST_NAME, columns.LAST_NAME, columns.SECOND_LAST_NAME)
        return " ".join(text for name in parts if (text := self.cell(cells, name)))

    def _address(self, cells: Sequence[str], verdict: Verdict) -> None:
        name, text = self.written_address(cells)
        lowered = text.lower()
        match = _ADDRESS.fullmatch(lowered)
        if match is not None:
            local, domain = match.groups()
            domain_id = self.around.domains.get(domain)
            if domain_id is not None and _is_good(local, lowered):
                verdict.address, verdict.mail_domain_id = lowered, domain_id
                return
        self._difficult_address(name, text, cells, verdict)

    def _difficult_address(self, name: str, text: str, cells: Sequence[str], verdict: Verdict) -> None:
        local, _at, domain = text.rpartition("@")
        ascii_domain = as_a_label(domain)
        domain_id = self.around.domains.get(ascii_domain)
        address = f"{local.lower()}@{ascii_domain}"
        code = address_fault(text, local, address)
        if not code and domain_id is not None:
            verdict.address, verdict.mail_domain_id = address, domain_id
            return
        if code:
            verdict.problems.append(Problem(name, code, (local.lower() if code == "address_reserved" else text)[:254]))
        if domain_id is None and not (code and code in _WHOLE):
            code = "domain_pending" if ascii_domain in self.around.pending_domains else "domain_unknown"
            typed_apart = "@" not in self.cell(cells, name) and self.cell(cells, columns.DOMAIN)
            where = columns.DOMAIN if typed_apart else name
            verdict.problems.append(Problem(where, code, domain[:254]))

    def _name(self, cells: Sequence[str], verdict: Verdict) -> None:
        text = self.cell(cells, columns.NAME)
        if not text and self.has_names:
            text = self.parts_of_name(cells)
        if not text and not self.has_names:
            text = name_from_address(verdict.address)
            if not text:
                return  # the address is the mistake
        if text.isprintable() and len(text) <= MAX_NAME and text and not _FORMULA.match(text):
            verdict.display_name = text if "  " not in text else " ".join(text.split())
            return
        if code := name_fault(text):
            verdict.problems.append(Problem(self.name_field, code, text[:254]))
        else:
            verdict.display_name = " ".join(text.split())

    def _quota(self, text: str, verdict: Verdict) -> None:
        try:
            verdict.quota_mb = megabytes(text, self.quota_field)
        except ValueError:
            verdict.problems.append(Problem(self.quota_field, "quota_bad", text[:254]))
        else:
            if self.quota_field == columns.QUOTA and verdict.quota_mb and is_small_without_unit(text, verdict.quota_mb):
                verdict.problems.append(Problem(self.quota_field, "quota_small", text[:254]))

    def _aliases(self, text: str, verdict: Verdict) -> None:
        """Where the address is wrong, bare logins are taken to be on the usual domain."""
        address = verdict.address or f"@{self.around.default_domain}"
        verdict.aliases, bad = aliases_in(text, self.around.domains, address)
        if bad:
            verdict.problems.append(Problem(columns.ALIASES, "alias_bad", bad[0][:254]))
        elif len(verdict.aliases) > MAX_ALIASES:
            verdict.problems.append(Problem(columns.ALIASES, "alias_many", str(MAX_ALIASES)))

    def _password(self, password: str, verdict: Verdict) -> None:
        code = password_fault(password, verdict.display_name, verdict.address)
        if _HASHED.match(password):
            code = "password_hashed"
        if code:
            verdict.problems.append(Problem(columns.PASSWORD, code))

    def _switch(self, name: str, text: str, verdict: Verdict) -> bool | None:
        try:
            return switch(text)
        except ValueError:
            verdict.problems.append(Problem(name, "switch_bad", text[:254]))
            return None

    def _link(self, text: str, verdict: Verdict) -> None:
        """Of several addresses the first."""
        first = re.split(r"[;,\s]+", text.strip(), maxsplit=1)[0]
        if len(first) > MAX_ADDRESS or not _EMAIL.fullmatch(first):
            verdict.problems.append(Problem(columns.LINK_EMAIL, "link_bad", text[:254]))
        elif first.lower() == verdict.address:
            verdict.problems.append(Problem(columns.LINK_EMAIL, "link_same", text[:254]))
        else:
            verdict.link_email = first

    def _notes(self, cells: Sequence[str], notes: Mapping[int, str], verdict: Verdict) -> None:
        for index, code in notes.items():
            if index == WHOLE_ROW:
                verdict.problems.append(Problem(self.written_address(cells)[0], code))
            elif index < len(self.mapping) and self.mapping[index]:
                value = "" if self.mapping[index] == columns.PASSWORD else cells[index][:254]
                verdict.problems.append(Problem(self.mapping[index], code, value))


_WHOLE = frozenset({"address_missing", "address_invisible", "address_spaces"})
"""With these in it, nothing can be said about the domain."""


def _is_good(local: str, address: str) -> bool:
    return ".." not in local and len(local) <= MAX_LOCAL and local not in RESERVED and len(address) <= MAX_ADDRESS


def aliases_in(text: str, domains: Mapping[str, int], address: str) -> tuple[list[str], list[str]]:
    """The further addresses that a cell names, each once: those that can be, and those that cannot. A bare login is on the
    domain of ``address``, which is no alias of itself; what is no e-mail address at all (``SIP:``, ``X500:``) is left out."""
    good: dict[str, None] = {}
    bad: list[str] = []
    for part in _APART.split(text.strip()):
        kind, colon, rest = part.rpartition(":")
        if not part or (colon and kind.lower() not in {"smtp", "mailto"}):
            continue
        local, _at, domain = (
            rest.lower().rpartition("@") if "@" in rest else (rest.lower(), "@", address.partition("@")[2])
        )
        alias = f"{local}@{as_a_label(domain)}"
        match = _ADDRESS.fullmatch(alias)
        if match is None or match[2] not in domains or not _is_good(match[1], alias):
            bad.append(rest)
        elif alias != address:
            good[alias] = None
    return list(good), bad


def address_fault(text: str, local: str, address: str) -> str:
    """The code of what is wrong with the part before the ``@``, or with the whole; empty when nothing is."""
    if not text:
        return "address_missing"
    if any(unicodedata.category(sign) in {"Cf", "Cc", "Cn", "Co"} for sign in text):
        return "address_invisible"
    if any(sign.isspace() for sign in text):
        return "address_spaces"
    if "+" in local:
        return "address_plus"
    if not local.isascii():
        return "address_accents"
    if len(local) > MAX_LOCAL or len(address) > MAX_ADDRESS:
        return "address_long"
    match = _ADDRESS.fullmatch(address)
    if match is None or ".." in local or "@" in local:
        shape = re.fullmatch(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_-])?", local.lower())
        return "" if shape and ".." not in local else "address_shape"
    return "address_reserved" if local.lower() in RESERVED else ""


def name_fault(text: str) -> str:
    if not text.strip():
        return "name_missing"
    if _FORMULA.match(text.strip()):
        return "name_formula"
    if any(unicodedata.category(sign) in _BREAKS or sign in _BIDI for sign in text):
        return "name_invisible"
    return "name_long" if len(" ".join(text.split())) > MAX_NAME else ""


def password_fault(password: str, *words: str) -> str:
    if len(password) < MIN_LENGTH:
        return "password_short"
    if len(password) > MAX_LENGTH:
        return "password_long"
    if not password.isprintable():
        return "password_unprintable"
    return "" if password_score(password, *words) >= MINIMUM_SCORE else "password_weak"


@lru_cache(maxsize=1000)
def as_a_label(domain: str) -> str:
    """``España.example`` → ``xn--espaa-rta.example``; what cannot be a domain stays as it is."""
    lowered = domain.strip().lower().rstrip(".")
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return lowered


def name_from_address(address: str) -> str:
    """``ana.lopez@empresa.example`` → ``Ana Lopez``: better than nothing."""
    return " ".join(part.capitalize() for part in re.split(r"[._-]+", address.partition("@")[0]) if part)
