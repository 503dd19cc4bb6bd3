"""Solicitar acceso: somebody asks, an administrator answers with one click, and both are told."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.mail_models import NotificationKind
from accounts.models import Membership, Role
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation, Subscription
from users.models import AccessRequest
from users.services.delegation import delegate_to_members
from users.services.locks import lock_account
from users.services.members import update_member


def what_is_asked(request: AccessRequest) -> str:
    return request.subscription.name if request.subscription else str(Role.ACCOUNT_ADMIN.label)


@transaction.atomic
def request_access(
    *, actor: Actor, member: Membership, subscription: Subscription | None, message: str = ""
) -> AccessRequest:
    """Asks to manage ``subscription``, or (None) to administer the account. Raises BusinessError when the person has
    it already or has asked already."""
    _refuse_what_is_had(member, subscription)
    try:
        with transaction.atomic():
            request = AccessRequest.objects.create(
                account_id=member.account_id, user_id=member.user_id, subscription=subscription, message=message
            )
    except IntegrityError as error:
        text = _("Ya lo solicitó; un administrador todavía no responde.")
        raise BusinessError(text, field="wanted", code="asked_already") from error
    _log(actor, request, "users.access.requested")
    notify(
        account=member.account_id,
        users=administrators_of(member.account_id),
        title=lambda: _("%(name)s solicita acceso: %(what)s") % {"name": member.name, "what": what_is_asked(request)},
        body=message,
        url="/usuarios/solicitudes/",
        level="warning",
        kind=NotificationKind.USERS,
    )
    return request


def _refuse_what_is_had(member: Membership, subscription: Subscription | None) -> None:
    has_all = member.role == Role.ACCOUNT_ADMIN
    if subscription is not None and not has_all:
        has_all = ServiceDelegation.objects.in_force_for(member.user_id).filter(subscription=subscription).exists()
        has_all = has_all and member.role == Role.DELEGATE
    if has_all:
        raise BusinessError(_("Ya tiene este acceso."), field="wanted", code="has_it")


@transaction.atomic
def grant_access(*, actor: Actor, request: AccessRequest) -> None:
    """One click: the service is delegated, or the person becomes an administrator."""
    lock_account(request.account_id)
    _decide(actor, request, AccessRequest.State.GRANTED)
    member = Membership.objects.select_related("account", "user").filter(
        account=request.account_id, user=request.user_id
    )
    asking = member.first()
    if asking is None:
        raise BusinessError(_("Esta persona ya no es usuario de la cuenta."), code="person_gone")
    if request.subscription is not None:
        delegate_to_members(actor=actor, account=asking.account, members=[asking], subscriptions=[request.subscription])
    else:
        update_member(
            actor=actor,
            member=asking,
            version=asking.version,
            name=asking.name,
            notification_email=asking.notification_email,
            role=Role.ACCOUNT_ADMIN,
        )
    _log(actor, request, "users.access.granted")
    _tell(request, lambda: _("Le concedieron acceso: %(what)s"), "success")


@transaction.atomic
def decline_access(*, actor: Actor, request: AccessRequest) -> None:
    _decide(actor, request, AccessRequest.State.DECLINED)
    _log(actor, request, "users.access.declined")
    _tell(request, lambda: _("No le concedieron acceso: %(what)s"), "info")


def _decide(actor: Actor, request: AccessRequest, state: AccessRequest.State) -> None:
    pending = AccessRequest.objects.pending().filter(pk=request.pk)
    if not pending.update(state=state, decided_by=actor.user, decided_at=timezone.now()):
        raise BusinessError(_("Otro administrador ya respondió esta solicitud."), code="decided_already")


def _log(actor: Actor, request: AccessRequest, action: str) -> None:
    what = what_is_asked(request)
    log_action(
        actor=actor,
        account=request.account_id,
        action=action,
        target=request,
        target_name=f"{request.user} → {what}",
        after={"access": what, "message": request.message},
    )


def _tell(request: AccessRequest, title: Callable[[], str], level: str) -> None:
    notify(
        account=request.account_id,
        users=[request.user_id],
        title=lambda: title() % {"what": what_is_asked(request)},
        url="/",
        level=level,
        kind=NotificationKind.USERS,
    )
