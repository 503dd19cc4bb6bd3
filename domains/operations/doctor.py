"""The domain doctor looks: what the world sees of a domain's DNS."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.doctor import checks_of, judge
from domains.drivers.observer import Question
from domains.models import Domain
from domains.operations.judging import KNOWING
from domains.operations.looking_up import nothing_to_move, page_of_job
from domains.operations.ownership import dns_observer
from domains.services.doctor import expected_nameservers, remember_findings
from domains.spf import Fetch

LONGEST = 60.0  # seconds; what is left over is due again by itself
LONGEST_SPF = 15.0  # seconds for all that one SPF record includes


def _examine(run: JobRun) -> Result:
    """Writes what it saw at once: an observation, not a state, and repeating it does no harm."""
    started, done = time.monotonic(), 0
    for domain in Domain.objects.filter(public_id__in=run.params["domains"]):
        if time.monotonic() - started > LONGEST:
            break
        examine_domain(domain)
        done += 1
    return Result(data={"examined": done})


def examine_domain(domain: Domain) -> None:
    checks = checks_of(domain.name, expected_nameservers(domain))
    answers = dns_observer().resolve([Question(check.name, check.kind) for check in checks])
    findings = []
    for check in checks:
        answer = answers[Question(check.name, check.kind)]
        findings.append(judge(check, str(answer.note), answer.values, _asking()))
    remember_findings(domain, findings)


def _asking() -> Fetch:
    """TXT records for one SPF record's includes: each name once, and in all not for long."""
    known: dict[str, Sequence[str] | None] = {}
    until = time.monotonic() + LONGEST_SPF

    def fetch(name: str) -> Sequence[str] | None:
        if name not in known:
            known[name] = _texts_at(name) if time.monotonic() < until else None
        return known[name]

    return fetch


def _texts_at(name: str) -> Sequence[str] | None:
    question = Question(name, "TXT")
    answer = dns_observer().resolve([question])[question]
    return answer.values if answer.note in KNOWING else None


examine = Operation(
    run=_examine,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    url=page_of_job,
    driver="dns_observer",
    label=_("Revisar el DNS de un dominio"),
    max_attempts=3,
    deadline=timedelta(hours=1),
    time_limit=timedelta(minutes=2),
)
