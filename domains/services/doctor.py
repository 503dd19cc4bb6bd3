"""The domain doctor's rounds: who is looked at when, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.action_log import log_action
from accounts.actors import Actor
from domains.doctor import MAIL, OK, Finding
from domains.models import Checkup, Domain
from domains.services.jobs import begin_round, begin_visit
from domains.services.zones import hosted_zone
from domains.uses import uses_of

MOST = 300  # domains of one run
USUALLY, ILL = timedelta(hours=24), timedelta(hours=6)
LEASE = timedelta(hours=1)
MOST_SEEN, LONGEST_SEEN = 8, 300


@transaction.atomic
def examine_now(*, actor: Actor, domain: Domain) -> None:
    """*Revisar ahora*. BusinessError ``operation_in_progress`` while the doctor is looking."""
    begin_visit(actor=actor, domain=domain, operation="domains.examine")
    log_action(actor=actor, account=domain.account_id, action="domains.domain.examination_requested", target=domain)


@transaction.atomic
def examine_due() -> int:
    """For the beat: jobs of ten domains each for what was never looked at or is due. Gives how many domains."""
    now = timezone.now()
    looked_at = Domain.objects.filter(state__in=[Domain.State.ACTIVE, Domain.State.EXPIRED])
    due = looked_at.filter(Q(checkup=None) | Q(checkup__check_again_at__lte=now))
    found = list(due.order_by(F("checkup__check_again_at").asc(nulls_first=True), "pk")[:MOST])
    Checkup.objects.bulk_create([Checkup(domain=each) for each in found], ignore_conflicts=True)
    Checkup.objects.filter(domain__in=found).update(check_again_at=now + LEASE)
    begin_round(operation="domains.examine", domains=found)
    return len(found)


def expected_nameservers(domain: Domain) -> Sequence[str]:
    """Those that its registry names; ours where we host the zone of a domain held elsewhere, of which the registry only says
    how it is now."""
    if domain.kind == Domain.Kind.EXTERNAL and hosted_zone(domain) is not None:
        return tuple(settings.ZONE_NAMESERVERS)
    return list(domain.nameservers)


def remember_findings(domain: Domain, findings: Sequence[Finding]) -> None:
    """ "Since" is when a finding was first as it is now."""
    now = timezone.now()
    before = Checkup.objects.filter(domain=domain).first()
    known = {each["name"] + each["code"]: each for each in (before.findings if before else [])}
    rows = []
    for one in findings:
        row = {
            "code": one.check.code,
            "name": one.check.name,
            "verdict": one.verdict,
            "seen": [value[:LONGEST_SEEN].replace("\x00", "") for value in one.seen[:MOST_SEEN]],
            "wanted": [value[:2000].replace("\x00", "") for value in one.wanted],
            "note": one.note,
        }
        old = known.get(one.check.name + one.check.code, {})
        is_same = all(old.get(key) == row[key] for key in ("verdict", "seen", "note"))
        rows.append({**row, "since": old["since"] if is_same and "since" in old else now.isoformat()})
    is_ill = any(one.verdict != OK and one.check.code in MAIL for one in findings)
    is_used = bool(uses_of(domain.account_id, [domain.name])[domain.name])
    pause = ILL if is_ill and is_used else USUALLY
    Checkup.objects.update_or_create(
        domain=domain, defaults={"findings": rows, "checked_at": now, "check_again_at": now + pause}
    )
