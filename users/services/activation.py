"""Invitations: who gets one, how it is sent again, and what using its link does."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import SYSTEM, Actor
from accounts.mail_models import NotificationKind
from accounts.models import Account, Membership, User
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue_many
from users.models import LINK_LIFE, Activation, ActivationLink
from users.services.locks import lock_account

SEND = "users.send_activation"
REMIND = "users.send_reminder"


def hash_of(token: str) -> str:
    """What the database keeps of a link. The token has 256 random bits: a plain hash needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(activation: Activation) -> str:
    """A further working link of this invitation; only the caller ever sees its token."""
    token = secrets.token_urlsafe(32)
    ActivationLink.objects.create(activation=activation, token_hash=hash_of(token))
    return token


def find_activation(token: str) -> Activation | None:
    """The invitation that this link belongs to, in whatever state it is."""
    links = ActivationLink.objects.select_related("activation__membership__user", "activation__membership__account")
    link = links.filter(token_hash=hash_of(token)).first()
    return link.activation if link else None


@transaction.atomic
def invite(*, actor: Actor, account: Account, members: Sequence[Membership]) -> list[Activation]:
    """A fresh invitation for each, which replaces an older one, and the job that sends its e-mail."""
    now = timezone.now()
    ids = [member.pk for member in members]
    Activation.objects.open().filter(membership__in=ids).update(superseded_at=now)
    activations = Activation.objects.bulk_create(
        Activation(membership=member, requested_by=actor.user, expires_at=now + LINK_LIFE) for member in members
    )
    send(actor=actor, account=account, activations=activations, operation=SEND)
    return activations


def send(*, actor: Actor, account: Account | None, activations: Sequence[Activation], operation: str) -> None:
    """One job per e-mail: each is retried, and shown, on its own."""
    jobs = [NewJob(f"users.activation:{each.pk}", {"activation_id": each.pk}) for each in activations]
    born = enqueue_many(actor=actor, account=account, operation=operation, jobs=jobs)
    for activation, job in zip(activations, born, strict=True):
        activation.last_job = job
    Activation.objects.bulk_update(activations, ["last_job"], batch_size=500)


@transaction.atomic
def resend_activations(*, actor: Actor, account: Account, members: Iterable[Membership]) -> int:
    """Sends a new link to those who have not come in yet; gives how many. Older links stop working."""
    lock_account(account)
    waiting = [member for member in members if member.is_pending and member.is_active]
    invite(actor=actor, account=account, members=waiting)
    log_actions(
        build_entry(
            actor=actor,
            account=account,
            action="users.activation.resent",
            target=member,
            target_name=f"{member.name} <{member.email}>",
        )
        for member in waiting
    )
    return len(waiting)


@transaction.atomic
def activate(*, token: str, origin: str, password: str = "", name: str = "") -> Membership:
    """Uses the link, once: the person chooses a password unless they have one already, and is in.

    Raises BusinessError: field "password" when it is too weak, code ``link_used`` and the like when the link no
    longer works (:class:`Activation.State` names the reasons).
    """
    activation = find_activation(token)
    if activation is None or activation.membership is None:
        raise dead_link(Activation.State.WITHDRAWN)
    user, membership = activation.membership.user, activation.membership
    if not membership.is_active or not user.is_active:
        raise dead_link(Activation.State.WITHDRAWN)
    if not user.activated_at:
        _choose_password(user, password, name)
    _use_up(activation)
    Membership.objects.filter(pk=membership.pk).update(is_pending=False)
    membership.is_pending = False
    log_action(
        actor=Actor(user=user, origin=origin),
        account=membership.account_id,
        action="users.user.activated",
        target=membership,
        target_name=f"{membership.name} <{membership.email}>",
    )
    return membership


def _choose_password(user: User, password: str, name: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BusinessError(" ".join(error.messages), field="password", code="weak_password") from error
    user.set_password(password)
    user.activated_at = timezone.now()
    user.name = name.strip() or user.name
    user.save(update_fields=["password", "activated_at", "name"])


def _use_up(activation: Activation) -> None:
    now = timezone.now()
    mine = Activation.objects.open().filter(pk=activation.pk, expires_at__gt=now)
    if not mine.update(used_at=now):
        activation.refresh_from_db()
        raise dead_link(activation.state)


def dead_link(state: Activation.State) -> BusinessError:
    reasons = {
        Activation.State.USED: _("Este enlace ya se usó."),
        Activation.State.EXPIRED: _("Este enlace venció: servía durante 48 horas."),
        Activation.State.SUPERSEDED: _("Hay un enlace más reciente en su correo; este dejó de servir."),
    }
    text = reasons.get(state, _("Este enlace ya no sirve."))
    return BusinessError(text, code=f"link_{state.value}")


@transaction.atomic
def remind(limit: int = 500) -> int:
    """Writes once more to those whose link has 12 hours left. Gives how many; called again until it is 0."""
    due = list(
        Activation.objects.due_for_reminder()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("membership__account")[:limit]
    )
    now = timezone.now()
    for activation in due:
        activation.reminded_at = now
    Activation.objects.bulk_update(due, ["reminded_at"], batch_size=500)
    for activation in due:
        assert activation.membership is not None
        send(actor=SYSTEM, account=activation.membership.account, activations=[activation], operation=REMIND)
    return len(due)


def mark_sent(job: Job) -> None:
    """The mail server took the first e-mail: the 48 hours begin now, however long it was away."""
    now = timezone.now()
    Activation.objects.open().filter(pk=job.params["activation_id"], sent_at__isnull=True).update(
        sent_at=now, expires_at=now + LINK_LIFE
    )


def ask_for_new_link(*, token: str) -> bool:
    """The holder of a dead link asks the account's administrators for a new one; False when there is nobody to ask.

    Nothing is sent to the person: a link that leaked must not be a way to get a working one.
    """
    activation = find_activation(token)
    member = activation.membership if activation else None
    if member is None or not member.is_pending or not member.is_active:
        return False
    notify(
        account=member.account_id,
        users=administrators_of(member.account_id),
        title=lambda: _("%(name)s pide un nuevo enlace de activación") % {"name": member.name or member.email},
        body=lambda: _("Su enlace anterior ya no sirve. Puede reenviarlo desde su ficha."),
        url=f"/usuarios/{member.public_id}/",
        level="warning",
        kind=NotificationKind.USERS,
    )
    return True
