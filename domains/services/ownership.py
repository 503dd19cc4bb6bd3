"""*Añada su dominio*: a domain that is held elsewhere, claimed until its DNS proves whose it is."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from accounts.notifications import administrators_of, notify
from cloudpanel.core.domain_names import clean_registrable
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, enqueue
from cloudpanel.provisioning.wake import ring
from domains.models import Domain, DomainQuerySet, OwnershipProof
from domains.services.reproving import forsaken, reprove_now
from domains.uses import uses_of

MOST_CLAIMS = 50
"""Domains of one account that wait for their proof: each is asked about again and again."""
TAKEN = gettext_lazy("Este dominio ya se comprobó en otra cuenta. Si es suyo, escriba a soporte.")


def claim_domain(*, actor: Actor, account: Account, name: str) -> Domain:
    """Pending until the record is found. Several customers may claim one name, and none learns of another: the first
    who proves it has it. Saying it again gives the claim that there is."""
    clean = clean_registrable(name)
    mine = Domain.objects.filter(account=account, name=clean).alive()
    with transaction.atomic():
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)  # two claims at once count each other
        there = mine.first()
        if there is not None:
            return _again(there)
        _require_room(account, clean)
        domain = Domain.objects.create(account=account, name=clean, kind=Domain.Kind.EXTERNAL)
        OwnershipProof.objects.create(domain=domain)
        _begin(actor, domain)
        log_action(actor=actor, account=account, action="domains.domain.claimed", target=domain)
    return domain


def _again(there: Domain) -> Domain:
    if there.kind == Domain.Kind.EXTERNAL and there.state == Domain.State.PENDING:
        return there
    raise BusinessError(
        _("%(name)s ya está en su lista de dominios.") % {"name": there.readable_name}, field="name", code="yours"
    )


def held(name: str) -> DomainQuerySet:
    """Whoever has it: proved, registered or on its way here. A claim that still waits does not count, nor one whose proof
    went away long ago."""
    there = Domain.objects.filter(name=name).alive().exclude(kind=Domain.Kind.EXTERNAL, state=Domain.State.PENDING)
    return there.exclude(pk__in=[each.pk for each in forsaken(name)])


def held_by_others(domain: Domain) -> DomainQuerySet:
    return held(domain.name).exclude(account_id=domain.account_id)


def _require_room(account: Account, name: str) -> None:
    if held(name).exists():
        raise BusinessError(
            _("Este dominio ya se usa en otra cuenta. Si es suyo, escriba a soporte."), field="name", code="taken"
        )
    waiting = Domain.objects.filter(account=account, kind=Domain.Kind.EXTERNAL, state=Domain.State.PENDING)
    if waiting.count() >= MOST_CLAIMS:
        raise BusinessError(
            _("Ya tiene %(count)s dominios por comprobar. Compruebe o quite alguno antes de añadir otro.")
            % {"count": MOST_CLAIMS},
            field="name",
        )


@transaction.atomic
def check_ownership_now(*, actor: Actor, domain: Domain) -> None:
    """*Comprobar ahora*: the waiting job looks at once; one that gave up begins again, with the same record."""
    if domain.kind == Domain.Kind.EXTERNAL and domain.state == Domain.State.ACTIVE:
        reprove_now(actor=actor, domain=domain)
    if domain.kind != Domain.Kind.EXTERNAL or domain.state not in {Domain.State.PENDING, Domain.State.FAILED}:
        return
    if domain.state == Domain.State.FAILED:
        _revive(domain)
    job = domain.last_job
    if job is None or not job.is_active:
        _begin(actor, domain)
    elif Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(run_after=timezone.now()):
        transaction.on_commit(lambda: ring(job.pk))
    log_action(actor=actor, account=domain.account_id, action="domains.domain.check_requested", target=domain)


def _revive(domain: Domain) -> None:
    _require_room(domain.account, domain.name)
    try:
        with transaction.atomic():
            Domain.objects.filter(pk=domain.pk, state=Domain.State.FAILED).update(
                state=Domain.State.PENDING, failure_message=""
            )
    except IntegrityError:
        raise BusinessError(_("%(name)s ya está en su lista de dominios.") % {"name": domain.readable_name}) from None
    domain.state = Domain.State.PENDING


@transaction.atomic
def remove_from_list(*, actor: Actor, domain: Domain) -> None:
    """What is another provider's, or was never got. Nothing happens to the domain itself. BusinessError while a service
    uses it, or while somebody looks at its DNS just now."""
    if reason := why_not_removable(domain):
        raise BusinessError(reason)
    job = domain.last_job
    if job is not None and job.is_active and cancel_job(actor=actor, job=job).is_active:
        raise BusinessError(_("Se está comprobando en este momento. Inténtelo de nuevo en unos segundos."))
    Domain.objects.filter(pk=domain.pk).update(state=Domain.State.TERMINATED)
    log_action(actor=actor, account=domain.account_id, action="domains.domain.removed", target=domain)


def why_not_removable(domain: Domain) -> str:
    """Empty when it can be taken off."""
    if domain.kind != Domain.Kind.EXTERNAL and domain.state != Domain.State.FAILED:
        return _("Solo los dominios externos se quitan de la lista; este se administra aquí.")
    if uses := uses_of(domain.account_id, [domain.name])[domain.name]:
        return _("Lo usa %(use)s. Quítelo de ahí primero.") % {"use": uses[0].label}
    return ""


def end_rival_claims(domain: Domain) -> None:
    """Somebody proved this name: whoever else waits for it learns that it is gone, and not whose it is."""
    rivals = Domain.objects.filter(name=domain.name, kind=Domain.Kind.EXTERNAL, state=Domain.State.PENDING)
    # One that is being settled just now is left alone: it finds the name held by itself.
    waiting = rivals.exclude(pk=domain.pk).select_related("last_job").select_for_update(of=("self",), skip_locked=True)
    for rival in waiting:
        if rival.last_job is not None and rival.last_job.is_active:
            cancel_job(actor=SYSTEM, job=rival.last_job)
        Domain.objects.filter(pk=rival.pk).update(state=Domain.State.FAILED, failure_message=str(TAKEN))
        log_action(actor=SYSTEM, account=rival.account_id, action="domains.domain.not_proved", target=rival)
        _tell_rival(rival)


def _tell_rival(rival: Domain) -> None:
    notify(
        account=rival.account_id,
        users=administrators_of(rival.account_id),
        title=lambda: _("No se añadió el dominio %(name)s") % {"name": rival.readable_name},
        body=TAKEN,
        url=reverse("domains:domain", args=[rival.public_id]),
        level="danger",
    )


def _begin(actor: Actor, domain: Domain) -> None:
    job = enqueue(
        actor=actor,
        account=domain.account,
        operation="domains.verify_ownership",
        lock_key=f"domains.ownership:{domain.public_id}",
        params={"domain": str(domain.public_id)},
    )
    Domain.objects.filter(pk=domain.pk).update(last_job=job)
    domain.last_job = job
