"""The domain doctor's knowledge: what the DNS of a domain should say for our services, and what to think of what it says.

Pure: names, texts and settings in, verdicts out. Asking is an operation's (domains.operations.doctor).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from domains.spf import Fetch, is_spf, merged, walk, with_mechanism

OK, MISSING, WRONG, DOUBLE, UNKNOWN = "ok", "missing", "wrong", "double", "unknown"
MAIL = frozenset({"mx", "spf", "dkim", "dmarc", "autodiscover"})
_POLICY = re.compile(r";\s*p\s*=\s*(none|quarantine|reject)\s*(;|$)", re.IGNORECASE)
_UNCERTAIN = frozenset({"silence", "broken", "garbage", "lame", "loop", "too_big"})


@dataclass(frozen=True, slots=True)
class Check:
    """``name`` and ``kind`` are what is asked of the DNS; ``wanted`` what should be there, ready to copy."""

    code: str
    name: str
    kind: str
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """``note`` is how the DNS answered (domains.drivers.observer.Note), or what is the matter with what it said
    (domains.doctor_words.NOTES); ``wanted`` respects what is there already."""

    check: Check
    verdict: str
    seen: tuple[str, ...] = ()
    wanted: tuple[str, ...] = field(default=())
    note: str = ""


def checks_of(name: str, nameservers: Sequence[str]) -> list[Check]:
    """What is looked at for a domain. ``nameservers`` are those that its registry names; empty when that is not known."""
    mail: Mapping[str, Any] = settings.MAIL_DNS
    wanted = [
        Check("ns", name, "NS", tuple(sorted(server.lower().rstrip(".") for server in nameservers))),
        Check("mx", name, "MX", tuple(mail["mx"])),
        Check("spf", name, "TXT", (f"v=spf1 {mail['spf']} ~all",)),
        Check("dmarc", f"_dmarc.{name}", "TXT", (mail["dmarc"],)),
    ]
    if mail["autodiscover"]:
        wanted.append(Check("autodiscover", f"autodiscover.{name}", "CNAME", (mail["autodiscover"],)))
    for selector, target in mail["dkim"].items():
        wanted.append(Check("dkim", f"{selector}._domainkey.{name}", "CNAME", (target,)))
    return wanted


def judge(check: Check, note: str, values: Sequence[str], fetch: Fetch = lambda name: None) -> Finding:
    """``values`` as the observer writes them: names in lower case without a final dot. ``fetch`` asks what an SPF record
    includes."""
    seen = tuple(sorted(values))
    if note in _UNCERTAIN:
        return Finding(check, UNKNOWN, seen, check.wanted, note)
    if check.code == "spf":
        return _spf(check, [value for value in seen if is_spf(value)], note, fetch)
    if check.code == "dmarc":
        return _dmarc(check, [value for value in seen if _is_dmarc(value)], note)
    if not seen:
        return Finding(check, MISSING, (), check.wanted, note)
    if check.code == "mx" and {_host(value) for value in seen} == {""}:  # RFC 7505: this domain takes no mail
        return Finding(check, WRONG, seen, check.wanted, "null_mx")
    return Finding(check, OK if _fits(check, seen) else WRONG, seen, check.wanted, note)


def _fits(check: Check, seen: Sequence[str]) -> bool:
    if check.code == "mx":  # their order is the customer's own affair
        return {_host(value) for value in seen} <= {_host(value) for value in check.wanted}
    if check.code == "ns":
        return not check.wanted or set(seen) == set(check.wanted)
    return set(seen) <= set(check.wanted)


def _host(mx: str) -> str:
    return mx.rsplit(maxsplit=1)[-1].lower().rstrip(".")


def _spf(check: Check, records: Sequence[str], note: str, fetch: Fetch) -> Finding:
    """One record only (RFC 7208, section 3.2), which names us, by itself or through what it includes. What the customer
    has there stays."""
    mechanism = str(settings.MAIL_DNS["spf"])
    if not records:
        return Finding(check, MISSING, (), check.wanted, note)
    if len(records) > 1:
        return Finding(check, DOUBLE, tuple(records), (with_mechanism(merged(records), mechanism),), note)
    [record] = records
    if walk(check.name, record, mechanism, fetch).reaches:
        wanted = record
    else:
        wanted = with_mechanism(record, mechanism)
    trouble = walk(check.name, wanted, mechanism, fetch).trouble
    return Finding(check, OK if wanted == record and not trouble else WRONG, (record,), (wanted,), trouble or note)


def has_policy(texts: Sequence[str]) -> bool:
    """Whether one of them is a DMARC record that says what to do."""
    return any(_is_dmarc(text) and _POLICY.search(text) for text in texts)


def _is_dmarc(text: str) -> bool:
    return text.replace(" ", "").lower().startswith("v=dmarc1")


def _with_policy(record: str) -> str:
    """``v=DMARC1; rua=mailto:a@b.mx`` → ``v=DMARC1; p=none; rua=mailto:a@b.mx``: the policy stands second (RFC 7489, 6.3)."""
    tags = [tag.strip() for tag in record.split(";") if tag.strip()]
    return "; ".join(["v=DMARC1", "p=none", *[tag for tag in tags[1:] if not re.match(r"p\s*=", tag, re.IGNORECASE)]])


def _dmarc(check: Check, records: Sequence[str], note: str) -> Finding:
    """Any policy is the customer's choice (RFC 7489, section 6.3), but there must be one; two records are none (section
    6.6.3)."""
    if not records:
        return Finding(check, MISSING, (), check.wanted, note)
    if len(records) == 1 and not _POLICY.search(records[0]):
        return Finding(check, WRONG, tuple(records), (_with_policy(records[0]),), "dmarc_policy")
    verdict = OK if len(records) == 1 else DOUBLE
    return Finding(check, verdict, tuple(records), tuple(records[:1]), note)
