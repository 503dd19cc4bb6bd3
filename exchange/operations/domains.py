"""Proof of ownership, and domains in the mail system."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import PermanentError, StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.observer import DnsObserver, Question
from domains.services.holding import holds
from exchange.drivers.base import DomainSpec
from exchange.models import MailDomain
from exchange.operations.common import actor_of, mail_driver, nothing_to_move
from marketplace.models import Subscription

FIRST_POLL, LONGEST_POLL = 30, 3600  # seconds: eager at first, patient later
MAX_SEEN = 2000


def spec_of(domain: MailDomain) -> DomainSpec:
    return DomainSpec(
        domain.public_id,
        domain.name,
        is_enabled=domain.subscription.state != Subscription.State.SUSPENDED,
        tenant_id=domain.subscription.public_id,
    )


def _domain_of(job: Job) -> MailDomain:
    whole = MailDomain.objects.select_related("subscription")
    domain: MailDomain | None = whole.filter(public_id=job.params["domain"]).first()
    if domain is None or domain.state == MailDomain.State.TERMINATED:
        raise PermanentError("El dominio ya no está en la lista.", "no row, or terminated")
    return domain


def _verify(run: JobRun) -> Result:
    """Looks once; until the record is there the job comes back, at most an hour apart, for seven days. What the account
    has shown to be its own in *Dominios* needs no record."""
    domain = _domain_of(run.job)
    if not holds(domain.account_id, domain.name):
        _look(domain, run.job)
    return Result(data={"outcome": str(mail_driver().ensure_domain(spec_of(domain)))})


def _look(domain: MailDomain, job: Job) -> None:
    """Raises StillRunning while the record is not there."""
    question = Question(domain.proof_host, "TXT")
    answer = cast("DnsObserver", get_driver("dns_observer")).resolve([question])[question]
    MailDomain.objects.filter(pk=domain.pk).update(
        checked_at=timezone.now(),
        seen_note=str(answer.note),
        seen_txt="\n".join(answer.values)[:MAX_SEEN].replace("\x00", ""),
    )
    if domain.proof_value not in {value.strip() for value in answer.values}:
        age = (timezone.now() - job.created_at).total_seconds()
        raise StillRunning(
            f"{domain.proof_host}: {answer.note}", poll_after=min(max(age / 10, FIRST_POLL), LONGEST_POLL)
        )


def _verified(job: Job) -> None:
    """The mail system takes a name once only, so whoever got through there is the owner here."""
    domain = MailDomain.objects.filter(public_id=job.params["domain"])
    elsewhere = MailDomain.objects.filter(name=OuterRef("name"), state=MailDomain.State.ACTIVE)
    if domain.filter(~Exists(elsewhere), state=MailDomain.State.PENDING).update(state=MailDomain.State.ACTIVE):
        row = domain.get()
        log_action(actor=actor_of(job), account=row.account_id, action="exchange.domain.verified", target=row)


verify_domain = Operation(
    run=_verify,
    succeeded=_verified,
    failed=nothing_to_move,
    driver="dns_observer",
    label=_("Verificar dominio de correo"),
    deadline=timedelta(days=7),
)


def _remove(run: JobRun) -> Result:
    mail_driver().remove_domain(_domain_of(run.job).public_id)
    return Result()


def _removed(job: Job) -> None:
    MailDomain.objects.filter(public_id=job.params["domain"]).update(state=MailDomain.State.TERMINATED)


remove_domain = Operation(
    run=_remove, succeeded=_removed, failed=nothing_to_move, driver="mail", label=_("Quitar dominio de correo")
)
