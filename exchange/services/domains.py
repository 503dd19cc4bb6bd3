"""Mail domains: the one that comes with the subscription, and the customer's own, whose ownership is proved first."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, enqueue
from cloudpanel.provisioning.wake import ring
from exchange.models import DistributionList, Mailbox, MailboxAlias, MailDomain
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import require_open
from marketplace.models import Subscription

MAX_DOMAINS = 100


def lock_key(domain: MailDomain) -> str:
    return f"exchange.domain:{domain.public_id}"


def add_domain(*, actor: Actor, subscription: Subscription, name: str) -> MailDomain:
    """*Añadir dominio*: pending until the TXT record is found. Several customers may claim one name; the first who
    proves it gets it."""
    with conflicts_in_words(), transaction.atomic():
        require_open(subscription)
        clean = clean_domain(name)
        if (
            MailDomain.objects.filter(name=clean, state=MailDomain.State.ACTIVE)
            .exclude(subscription=subscription)
            .exists()
        ):
            raise BusinessError(
                _("Este dominio ya se usa en otra cuenta. Si es suyo, escriba a soporte."), field="name", code="taken"
            )
        if subscription.mail_domains.exclude(state=MailDomain.State.TERMINATED).count() >= MAX_DOMAINS:
            raise BusinessError(_("Una suscripción puede tener 100 dominios como máximo."), field="name")
        domain = MailDomain.objects.create(account=subscription.account, subscription=subscription, name=clean)
        _begin(actor, domain, "verify_domain")
        log_action(actor=actor, account=subscription.account, action="exchange.domain.added", target=domain)
        return domain


@transaction.atomic
def check_domain_now(*, actor: Actor, domain: MailDomain) -> None:
    """*Comprobar ahora*: the waiting job looks at once; one that gave up after a week begins again."""
    if domain.state != MailDomain.State.PENDING:
        return
    job = domain.last_job
    if job is None or not job.is_active:
        _begin(actor, domain, "verify_domain")
    elif Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(run_after=timezone.now()):
        transaction.on_commit(lambda: ring(job.pk))
    log_action(actor=actor, account=domain.account_id, action="exchange.domain.check_requested", target=domain)


@transaction.atomic
def remove_domain(*, actor: Actor, domain: MailDomain) -> None:
    """A pending claim goes at once; an active domain when the mail system has let it go, and only without addresses."""
    if domain.is_default:
        raise BusinessError(_("Este dominio viene con la suscripción y no se puede quitar."))
    if domain.state == MailDomain.State.PENDING:
        job = domain.last_job
        if job is not None and job.is_active and cancel_job(actor=actor, job=job).is_active:
            # The worker may be giving the name to the mail system just now: nobody would ever take it back.
            raise BusinessError(_("Se está comprobando en este momento. Inténtelo de nuevo en unos segundos."))
        MailDomain.objects.filter(pk=domain.pk, state=MailDomain.State.PENDING).update(
            state=MailDomain.State.TERMINATED
        )
    elif domain.state == MailDomain.State.ACTIVE:
        if in_use := use_of(domain):
            raise BusinessError(in_use)
        _begin(actor, domain, "remove_domain")
    log_action(actor=actor, account=domain.account_id, action="exchange.domain.removed", target=domain)


def use_of(domain: MailDomain) -> str:
    """Why an active domain cannot be removed; empty when nothing is on it."""
    if domain.is_default:
        return _("Este dominio viene con la suscripción y no se puede quitar.")
    mailboxes = Mailbox.objects.filter(~Q(state=Mailbox.State.TERMINATED), mail_domain=domain)
    if mailboxes.filter(deleted_at=None).exists():
        return _("El dominio todavía tiene buzones. Elimínelos o cámbieles la dirección primero.")
    if mailboxes.exists():
        return _("El dominio tiene buzones en la papelera: restáurelos o elimínelos para siempre primero.")
    if MailboxAlias.objects.filter(mail_domain=domain).exists():
        return _("El dominio todavía tiene alias. Quítelos de sus buzones primero.")
    if DistributionList.objects.filter(mail_domain=domain).exists():
        return _("El dominio todavía tiene listas de distribución. Elimínelas primero.")
    return ""


def _begin(actor: Actor, domain: MailDomain, verb: str) -> None:
    job = enqueue(
        actor=actor,
        account=domain.account,
        operation=f"exchange.{verb}",
        lock_key=lock_key(domain),
        params={"domain": str(domain.public_id)},
    )
    MailDomain.objects.filter(pk=domain.pk).update(last_job=job)
    domain.last_job = job
