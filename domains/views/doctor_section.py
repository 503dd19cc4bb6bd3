"""The domain doctor's findings: expected, seen, since when, ready to copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise

from accounts.requests import PanelRequest
from domains.doctor import MAIL, MISSING, UNKNOWN, WRONG, checks_of
from domains.doctor_words import NOTES, PARTS, VERDICTS
from domains.models import Checkup, Domain
from domains.ownership_words import OUTCOMES
from domains.services.doctor import expected_nameservers
from domains.services.zone_expected import hosted_zone
from domains.uses import uses_of

SOON = timedelta(days=30)


def doctor_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    if domain.state not in {Domain.State.ACTIVE, Domain.State.EXPIRED}:
        return {}
    checkup = Checkup.objects.filter(domain=domain).first()
    found = {each["name"] + each["code"]: each for each in (checkup.findings if checkup else [])}
    is_used = bool(uses_of(domain.account_id, [domain.name])[domain.name])
    rows = [_expiry(domain)]
    for check in checks_of(domain.name, expected_nameservers(domain)):
        seen = found.get(check.name + check.code, {})
        verdict = seen.get("verdict", "")
        if check.code in MAIL and not is_used and verdict in {MISSING, WRONG}:
            verdict = "unused"
        rows.append(
            _row(check.code, verdict)
            | {
                "name": check.name,
                "kind": check.kind,
                "wanted": seen.get("wanted") or list(check.wanted),
                "seen": seen.get("seen", []),
                "note_words": _note_words(check.code, verdict, seen.get("note", "")),
                "since": parse_datetime(seen["since"]) if seen.get("since") else None,
                "is_to_do": verdict in {"missing", "wrong", "double", "unused"}
                and bool(check.wanted)
                and seen.get("wanted") != seen.get("seen", []),
            }
        )
    return {
        "doctor": rows,
        "checked_at": checkup.checked_at if checkup else None,
        "can_mend": any(row.get("is_to_do") and row["code"] in MAIL for row in rows)
        and hosted_zone(domain) is not None,
    }


def _note_words(code: str, verdict: str, note: str) -> str | Promise:
    if verdict == UNKNOWN:
        return OUTCOMES.get(note, "")
    if code == "ns" and verdict == MISSING:
        return OUTCOMES["no_zone"]
    return NOTES.get(note, "")


def _row(code: str, verdict: str) -> dict[str, Any]:
    title, why = PARTS[code]
    tone, word = VERDICTS[verdict]
    return {"code": code, "title": title, "why": why, "tone": tone, "word": word}


def _expiry(domain: Domain) -> dict[str, Any]:
    expires = domain.expires_at
    if expires is None:
        return _row("expiry", "unknown")
    left = expires - timezone.now()
    verdict = "expired" if left < timedelta() else "soon" if left < SOON else "ok"
    return _row("expiry", verdict) | {"seen": [date_format(timezone.localtime(expires), "DATE_FORMAT")]}
