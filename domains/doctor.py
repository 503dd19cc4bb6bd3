"""The domain doctor's knowledge: what the DNS of a domain should say for our services, and what to think of what it says.

Pure: names, texts and settings in, verdicts out. Asking is an operation's (domains.operations.doctor).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

OK, MISSING, WRONG, DOUBLE, UNKNOWN = "ok", "missing", "wrong", "double", "unknown"
MAIL = frozenset({"mx", "spf", "dkim", "dmarc", "autodiscover"})
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
    """``note`` is how the DNS answered (domains.drivers.observer.Note); ``wanted`` respects what is there already."""

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


def judge(check: Check, note: str, values: Sequence[str]) -> Finding:
    """``values`` as the observer writes them: names in lower case without a final dot."""
    seen = tuple(sorted(values))
    if note in _UNCERTAIN:
        return Finding(check, UNKNOWN, seen, check.wanted, note)
    if check.code == "spf":
        return _spf(check, [value for value in seen if value.lower().startswith("v=spf1")], note)
    if check.code == "dmarc":
        return _dmarc(check, [value for value in seen if value.replace(" ", "").lower().startswith("v=dmarc1")], note)
    if not seen:
        return Finding(check, MISSING, (), check.wanted, note)
    return Finding(check, OK if _fits(check, seen) else WRONG, seen, check.wanted, note)


def _fits(check: Check, seen: Sequence[str]) -> bool:
    if check.code == "mx":  # their order is the customer's own affair
        return {_host(value) for value in seen} <= {_host(value) for value in check.wanted}
    if check.code == "ns":
        return not check.wanted or set(seen) == set(check.wanted)
    return set(seen) <= set(check.wanted)


def _host(mx: str) -> str:
    return mx.rsplit(maxsplit=1)[-1].lower().rstrip(".")


def _spf(check: Check, records: Sequence[str], note: str) -> Finding:
    """One record only (RFC 7208, section 3.2), which names us. What the customer has there stays."""
    mechanism = str(settings.MAIL_DNS["spf"])
    if not records:
        return Finding(check, MISSING, (), check.wanted, note)
    if len(records) > 1:
        return Finding(check, DOUBLE, tuple(records), (with_mechanism(_merged(records), mechanism),), note)
    words = {word.lower().removeprefix("+") for word in records[0].split()}
    if mechanism.lower() in words:
        return Finding(check, OK, tuple(records), tuple(records), note)
    return Finding(check, WRONG, tuple(records), (with_mechanism(records[0], mechanism),), note)


def with_mechanism(record: str, mechanism: str) -> str:
    """``v=spf1 ip4:192.0.2.1 -all`` and ``mx`` → ``v=spf1 ip4:192.0.2.1 mx -all``: what follows ``all`` is never read."""
    words = record.split()
    if mechanism.lower() in {word.lower().removeprefix("+") for word in words}:
        return record
    place = next((at for at, word in enumerate(words) if _is_last(word)), len(words))
    return " ".join([*words[:place], mechanism, *words[place:]])


def _is_last(word: str) -> bool:
    return word.lower().lstrip("+-~?") == "all" or word.lower().startswith("redirect=")


def _merged(records: Sequence[str]) -> str:
    """One record with every mechanism of several, and the first ``all`` among them."""
    words = [word for record in records for word in record.split()[1:]]
    kept = list(dict.fromkeys(word for word in words if not _is_last(word)))
    return " ".join(["v=spf1", *kept, *[word for word in words if _is_last(word)][:1]])


def _dmarc(check: Check, records: Sequence[str], note: str) -> Finding:
    """Any policy is the customer's choice (RFC 7489, section 6.3); two of them are none (section 6.6.3)."""
    if not records:
        return Finding(check, MISSING, (), check.wanted, note)
    verdict = OK if len(records) == 1 else DOUBLE
    return Finding(check, verdict, tuple(records), tuple(records[:1]), note)
