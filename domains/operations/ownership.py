"""*Añada su dominio*: is the record there that only the owner could have set?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.notifications import administrators_of, notify
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import PermanentError, StillRunning
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.observer import DnsObserver, Question
from domains.models import Checkup, Domain, OwnershipProof, RegistryFacts
from domains.operations.judging import as_rows, judge
from domains.services.ownership import TAKEN, end_rival_claims, held_by_others
from domains.services.reproving import USUALLY, release_forsaken

PATIENCE = timedelta(days=14)
FIRST_POLL, LONGEST_POLL = 30, 3600  # seconds: eager at first, patient later
GAVE_UP = _(
    "No encontramos el registro en 14 días, así que dejamos de buscarlo. Cuando lo haya puesto, pida comprobarlo otra vez."
)


def dns_observer() -> DnsObserver:
    return cast("DnsObserver", get_driver("dns_observer"))


def actor_of(job: Job) -> Actor:
    """Whoever asked for the job; the worker acts for them."""
    return Actor(user=job.requested_by, impersonator=job.on_behalf_by, origin="trabajador")


def _claim_of(job: Job) -> OwnershipProof:
    proof = OwnershipProof.objects.select_related("domain").filter(domain__public_id=job.params["domain"]).first()
    if proof is None or proof.domain.state in Domain.OVER:
        raise PermanentError("El dominio ya no está en la lista.", "no row, or over")
    if held_by_others(proof.domain).exists():
        raise PermanentError(str(TAKEN), "another account holds it")
    return proof


def _verify(run: JobRun) -> Result:
    """Looks once; until the record is there the job comes back, at most an hour apart, for fourteen days."""
    proof = _claim_of(run.job)
    if proof.domain.state == Domain.State.ACTIVE:
        return Result(data={"outcome": "proved"})
    outcome, proved_by, answers = look_at_proof(proof)
    _remember(proof, outcome, proved_by, answers)
    if proved_by:
        return Result(data={"outcome": outcome, "by": proved_by})
    age = timezone.now() - run.job.created_at
    if age > PATIENCE:
        raise PermanentError(str(GAVE_UP), outcome)
    raise StillRunning(
        f"{proof.domain.name}: {outcome}", poll_after=min(max(age.total_seconds() / 10, FIRST_POLL), LONGEST_POLL)
    )


def look_at_proof(proof: OwnershipProof) -> tuple[str, str, list[dict[str, Any]]]:
    """The outcome, by what it is proved (empty when it is not), and everybody's answers."""
    txt_question, cname_question = Question(proof.txt_host, "TXT"), Question(proof.cname_host, "CNAME")
    seen = dns_observer().observe(proof.domain.name, [txt_question, cname_question])
    txt, cname = seen[txt_question], seen[cname_question]

    def has_txt(value: str) -> bool:
        return value == proof.txt_value

    def has_cname(value: str) -> bool:
        return value == proof.cname_value

    answers = as_rows(txt, cname, has_txt, has_cname)
    by_txt, by_cname = judge(txt, has_txt), judge(cname, has_cname)
    if by_txt.is_proved or by_cname.is_proved:
        return "proved", "txt" if by_txt.is_proved else "cname", answers
    better = by_cname if by_txt.outcome in {"no_name", "no_record"} and by_cname.outcome == "partial" else by_txt
    return better.outcome, "", answers


def _remember(proof: OwnershipProof, outcome: str, proved_by: str, answers: list[dict[str, Any]]) -> None:
    now = timezone.now()
    is_same = proof.answers == answers and proof.outcome == outcome
    OwnershipProof.objects.filter(pk=proof.pk).update(
        outcome=outcome,
        proved_by=proved_by,
        answers=answers,
        checked_at=now,
        seen_since=proof.seen_since if is_same and proof.seen_since else now,
    )


def _verified(job: Job) -> None:
    """The first who proves it has it: the database lets one account hold a name (``domain_held_once``)."""
    claims = Domain.objects.filter(public_id=job.params["domain"], state=Domain.State.PENDING)
    domain = claims.first()
    if domain is None:
        return
    try:
        with transaction.atomic():
            release_forsaken(domain)
            claims.update(state=Domain.State.ACTIVE, verified_at=timezone.now(), failure_message="")
    except IntegrityError as error:
        if "domain_held_once" not in str(error):
            raise
        claims.update(state=Domain.State.FAILED, failure_message=str(TAKEN))
        _tell(job, domain, _("No se añadió el dominio %(name)s"), TAKEN, "danger")
        return
    log_action(actor=actor_of(job), account=domain.account_id, action="domains.domain.proved", target=domain)
    _tell(job, domain, _("El dominio %(name)s es suyo: ya puede usarlo"), "", "success")
    end_rival_claims(domain)
    OwnershipProof.objects.filter(domain=domain).update(check_again_at=timezone.now() + USUALLY, lost_since=None)
    RegistryFacts.objects.update_or_create(domain=domain, defaults={"ask_again_at": timezone.now()})
    Checkup.objects.update_or_create(domain=domain, defaults={"check_again_at": timezone.now()})


def _tell(job: Job, domain: Domain, title: Promise, body: str | Promise, level: str) -> None:
    asked = [job.requested_by_id] if job.requested_by_id else administrators_of(domain.account_id)
    notify(
        account=domain.account_id,
        users=asked,
        title=lambda: str(title) % {"name": domain.readable_name},
        body=body,
        url=_url(job),
        level=level,
    )


def _gave_up(job: Job) -> None:
    domain = Domain.objects.filter(public_id=job.params["domain"], state=Domain.State.PENDING).first()
    if domain is None or job.state == JobState.CANCELLED:
        return
    Domain.objects.filter(pk=domain.pk).update(state=Domain.State.FAILED, failure_message=job.user_message)
    log_action(actor=actor_of(job), account=domain.account_id, action="domains.domain.not_proved", target=domain)


def _tried_again(job: Job) -> None:
    """Support retries the job: the claim lives again."""
    Domain.objects.filter(public_id=job.params["domain"], state=Domain.State.FAILED).update(
        state=Domain.State.PENDING, failure_message=""
    )


def _url(job: Job) -> str:
    return reverse("domains:domain", args=[job.params["domain"]])


verify_ownership = Operation(
    run=_verify,
    succeeded=_verified,
    failed=_gave_up,
    retried=_tried_again,
    url=_url,
    driver="dns_observer",
    label=_("Comprobar que un dominio es suyo"),
    deadline=PATIENCE + timedelta(days=1),
    time_limit=timedelta(minutes=1),
)
