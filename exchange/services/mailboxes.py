"""A mailbox comes into being, is changed, is taken out of use and put back into it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import User
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES, Job, JobState
from cloudpanel.provisioning.services import enqueue
from exchange.models import DistributionList, Mailbox, MailboxAlias, MailboxTemplate, MailDomain
from exchange.models.mailboxes import CREATE_IMPORTED
from exchange.services import jobs
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.capacity import STORAGE_GB, gigabytes, give_back, places_for, take
from exchange.services.conflicts import conflicts_in_words
from exchange.services.linked_rows import id_of, insert_linked
from exchange.services.links import promise_link
from exchange.services.passwords import clean_password
from exchange.services.people import new_service_user, require_without_mailbox
from marketplace.models import Subscription

MAX_NAME = 120
RENAME = "exchange.rename_mailbox"
MAX_QUOTA_MB = 1024 * 1024  # a terabyte: more is a slip of the finger
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a new mailbox to be. Exactly one of ``password`` and ``link_email`` is set.

    ``user`` is the existing service user who gets it; None makes a new one."""

    display_name: str
    local_part: str
    mail_domain: MailDomain
    template: MailboxTemplate
    user: User | None = None
    password: str = ""
    link_email: str = ""


def clean_display_name(text: str, *, field: str = "display_name") -> str:
    """Any script, accents and all; only what would break a line or turn the text around is refused."""
    name = " ".join(text.split(" ")).strip()
    if not name:
        raise BusinessError(_("Escriba el nombre para mostrar."), field=field)
    if len(name) > MAX_NAME:
        raise BusinessError(_("El nombre para mostrar puede tener 120 caracteres como máximo."), field=field)
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _BIDI_CONTROLS for sign in name):
        raise BusinessError(_("El nombre lleva signos que no se ven ni se imprimen. Escríbalo de nuevo."), field=field)
    return name


def require_open(subscription: Subscription) -> None:
    """Nothing new on a subscription that is not active."""
    if subscription.state == Subscription.State.SUSPENDED:
        raise BusinessError(
            _("La suscripción está suspendida: reactívela para hacer cambios."), code="subscription_not_active"
        )
    if subscription.state != Subscription.State.ACTIVE:
        raise BusinessError(_("La suscripción todavía no está activa."), code="subscription_not_active")


def require_free(address: str, *, field: str = "local_part", but_for: Mailbox | None = None) -> None:
    """A friendly answer before the tables give theirs. The mail system has the last word on alias against mailbox."""
    mailboxes = Mailbox.objects.filter(~Q(state=Mailbox.State.TERMINATED), address=address)
    aliases = MailboxAlias.objects.filter(address=address)
    if but_for is not None:
        mailboxes, aliases = mailboxes.exclude(pk=but_for.pk), aliases.exclude(mailbox=but_for)
    lists = DistributionList.objects.filter(address=address)
    if mailboxes.values("pk").union(aliases.values("pk"), lists.values("pk")).exists():
        raise BusinessError(
            _("Esta dirección ya está en uso (quizá en la papelera). Elija otra."), field=field, code="taken"
        )


def create_mailbox(*, actor: Actor, subscription: Subscription, wish: Wish, public_id: Any = None) -> Mailbox:
    """Reserves the place, makes the user when there is none, and enqueues the creation.

    ``subscription`` needs its ``account`` loaded. Raises BusinessError with the field it belongs to; then nothing was
    written. The place stays reserved when the mail system refuses: *Reintentar* needs it, *Eliminar* frees it.
    """
    with conflicts_in_words(), transaction.atomic():
        return build_and_enqueue(actor, subscription, wish, public_id)


def build_and_enqueue(actor: Actor, subscription: Subscription, wish: Wish, public_id: Any) -> Mailbox:
    """:func:`create_mailbox` for a caller who has begun the transaction, and puts conflicts into words."""
    require_open(subscription)
    mailbox = _built(subscription, wish, public_id)
    password = clean_password(wish.password, mailbox.display_name, mailbox.address) if wish.password else ""
    if not password and not wish.link_email:
        raise BusinessError(_("Escriba una contraseña o elija enviar un enlace."), field="password")
    take(subscription, places_for([mailbox.quota_mb]))
    if wish.user is not None:
        mailbox.user = require_without_mailbox(subscription.account, wish.user)
    mailbox.last_job = enqueue(
        actor=actor,
        account=subscription.account,
        operation="exchange.create_mailbox",
        lock_key=jobs.lock_key(mailbox),
        params={"mailbox": str(mailbox.public_id)},
        secret={"password": password} if password else None,
        savepoint=False,
    )
    _insert(mailbox)
    if wish.link_email:
        promise_link(mailbox, wish.link_email)
    log_action(
        actor=actor,
        account=subscription.account,
        action="exchange.mailbox.created",
        target=mailbox,
        after={
            "display_name": mailbox.display_name,
            "quota_mb": mailbox.quota_mb,
            "user": wish.user.email if wish.user else mailbox.address,
        },
    )
    return mailbox


def _insert(mailbox: Mailbox) -> None:
    """The mailbox, with a new service user when it has none: one statement either way."""
    if mailbox.user is not None:
        mailbox.save(force_insert=True)
        return
    user, member = new_service_user(account=mailbox.account, email=mailbox.address, name=mailbox.display_name)
    mailbox.user_id = id_of("person")
    insert_linked(person=user, member=member, mailbox=mailbox)
    member.user = mailbox.user = user


def _built(subscription: Subscription, wish: Wish, public_id: Any) -> Mailbox:
    domain, template = wish.mail_domain, wish.template
    if domain.subscription_id != subscription.pk or domain.state != MailDomain.State.ACTIVE:
        raise BusinessError(_("Elija un dominio activo de esta suscripción."), field="domain")
    if template.subscription_id != subscription.pk:
        raise BusinessError(_("Elija una plantilla de esta suscripción."), field="template")
    mailbox = Mailbox(
        account=subscription.account,
        subscription=subscription,
        mail_domain=domain,
        template=template,
        display_name=clean_display_name(wish.display_name),
        address=join_address(clean_local_part(wish.local_part), domain.name),
        quota_mb=template.quota_mb,
        allows_imap=template.allows_imap,
        allows_pop3=template.allows_pop3,
        allows_smtp=template.allows_smtp,
    )
    if public_id is not None:
        mailbox.public_id = public_id
    return mailbox


def require_settled(mailbox: Mailbox) -> None:
    """Only a mailbox that exists, is not in the bin and has nothing under way is changed."""
    if mailbox.deleted_at is not None or mailbox.state == Mailbox.State.TERMINATED:
        raise BusinessError(_("El buzón está en la papelera. Restáurelo primero."), code="in_bin")
    if mailbox.last_job is not None and mailbox.last_job.state in ACTIVE_STATES:
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress")
    require_whole_address(mailbox)
    if mailbox.state == Mailbox.State.PENDING:
        raise BusinessError(_("El buzón todavía no existe en el servicio de correo."), code="not_created")


def require_whole_address(mailbox: Mailbox) -> None:
    """Not while the rows have the new address and the mail system the old one: anything else would lose one of them."""
    job = mailbox.last_job
    if job is None or job.operation != RENAME or job.state == JobState.SUCCEEDED:
        return
    if job.is_active:
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress")
    raise BusinessError(_("El cambio de dirección no terminó. Reinténtelo primero."), code="rename_failed")


@transaction.atomic
def set_password(*, actor: Actor, mailbox: Mailbox, password: str) -> Job:
    """*Restablecer contraseña*. The password travels encrypted to the worker that hashes it, and is then forgotten."""
    require_open(mailbox.subscription)
    require_settled(mailbox)
    password = clean_password(password, mailbox.display_name, mailbox.address)
    job = jobs.begin(actor, mailbox, "set_password", secret={"password": password})
    log_action(actor=actor, account=mailbox.account_id, action="exchange.mailbox.password_reset", target=mailbox)
    return job


@transaction.atomic
def update_mailbox(
    *, actor: Actor, mailbox: Mailbox, display_name: str, quota_mb: int, template: MailboxTemplate | None
) -> None:
    """Name, limit and template. A larger limit takes storage of the plan at once, a smaller one gives it back.

    Raises BusinessError: ``limit_reached``, or a limit below what the mailbox already holds."""
    require_open(mailbox.subscription)
    require_settled(mailbox)
    name = clean_display_name(display_name)
    _check_quota(mailbox, quota_mb)
    locked = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    before = {"display_name": locked.display_name, "quota_mb": locked.quota_mb, "template": locked.template_id}
    after = {"display_name": name, "quota_mb": quota_mb, "template": template.pk if template else None}
    if before == after:
        return
    more = gigabytes(quota_mb) - gigabytes(locked.quota_mb)
    take(mailbox.subscription, {STORAGE_GB: more})
    if more < 0:
        give_back(mailbox.subscription_id, {STORAGE_GB: -more})
    locked.display_name, locked.quota_mb, locked.template = name, quota_mb, template
    locked.save(update_fields=["display_name", "quota_mb", "template"])
    jobs.begin(actor, mailbox, "update_mailbox")
    log_action(
        actor=actor,
        account=mailbox.account_id,
        action="exchange.mailbox.updated",
        target=mailbox,
        before=before,
        after=after,
    )


def _check_quota(mailbox: Mailbox, quota_mb: int) -> None:
    if not 1 <= quota_mb <= MAX_QUOTA_MB:
        raise BusinessError(_("El límite va de 1 MB a 1,048,576 MB (1 TB)."), field="quota_mb")
    if quota_mb * 1024 * 1024 < mailbox.used_bytes:
        raise BusinessError(
            _("El buzón ya ocupa más que eso. Vacíelo un poco o elija un límite mayor."), field="quota_mb"
        )


@transaction.atomic
def disable_mailbox(*, actor: Actor, mailbox: Mailbox) -> None:
    """Nobody signs in and nothing is delivered until it is enabled again; nothing is deleted."""
    _switch(actor, mailbox, Mailbox.State.ACTIVE, "disable_mailbox", "exchange.mailbox.disabled")


@transaction.atomic
def enable_mailbox(*, actor: Actor, mailbox: Mailbox) -> None:
    _switch(actor, mailbox, Mailbox.State.SUSPENDED, "enable_mailbox", "exchange.mailbox.enabled")


def _switch(actor: Actor, mailbox: Mailbox, needed: str, verb: str, action: str) -> None:
    require_open(mailbox.subscription)
    require_settled(mailbox)
    if mailbox.state != needed:
        return  # the second click of two: it is already so
    jobs.begin(actor, mailbox, verb)
    log_action(actor=actor, account=mailbox.account_id, action=action, target=mailbox)


@transaction.atomic
def retry_mailbox(*, actor: Actor, mailbox: Mailbox) -> None:
    """*Reintentar* what failed. A creation whose password is gone goes on without one: it is set afterwards."""
    require_open(mailbox.subscription)
    last = mailbox.last_job
    is_cancelled = last is None or last.state == JobState.CANCELLED
    has_none_of_its_own = is_cancelled or (last is not None and last.operation == CREATE_IMPORTED)
    if mailbox.state == Mailbox.State.PENDING and has_none_of_its_own:
        jobs.begin(actor, mailbox, "create_mailbox")
    elif last is not None and last.operation == RENAME and is_cancelled:
        jobs.begin(actor, mailbox, "rename_mailbox", alias=last.params["alias"])
    else:
        jobs.retry(actor, last)
    log_action(actor=actor, account=mailbox.account_id, action="exchange.mailbox.retried", target=mailbox)
