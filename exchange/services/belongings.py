"""What becomes of the mailboxes of people who leave the account (users.belongings asks)."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import Account, Membership, User
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox
from exchange.services.deletion import delete_mailboxes
from exchange.services.selection import Selection
from exchange.states import shown_of
from users.belongings import Belonging, OwnService


def mailboxes_of(account: Account, user_ids: Collection[int]) -> QuerySet[Mailbox]:
    found: QuerySet[Mailbox] = Mailbox.objects.listed().filter(account=account, user__in=user_ids).order_by("address")
    return found


def describe_belongings(account: Account, user_ids: Collection[int]) -> list[Belonging]:
    rows = mailboxes_of(account, user_ids).select_related("last_job", "subscription")
    return [
        Belonging(
            user_id=row.user_id or 0,
            kind=_("Buzón"),
            name=row.address,
            detail=str(shown_of(row).label),
            url=reverse("exchange:mailbox", args=[row.subscription.public_id, row.public_id]),
        )
        for row in rows
    ]


@transaction.atomic
def give_mailboxes(*, actor: Actor, account: Account, user_ids: Collection[int], to: User | None) -> int:
    """To another person, or to nobody. A person has one mailbox: BusinessError (field "heir") when it would be more."""
    rows = list(mailboxes_of(account, user_ids).select_for_update(of=("self",)))
    if to is not None and len(rows) + mailboxes_of(account, [to.pk]).count() > 1:
        text = _(
            "%(name)s tendría más de un buzón, y cada persona tiene uno. Consérvelos sin usuario y asígnelos después."
        )
        raise BusinessError(text % {"name": to.name}, field="heir", code="one_mailbox_each")
    Mailbox.objects.filter(pk__in=[row.pk for row in rows]).update(user=to)
    log_actions(
        build_entry(
            actor=actor,
            account=account,
            action="exchange.mailbox.handed_over",
            target=row,
            after={"user": f"{to.name} <{to.email}>" if to else ""},
        )
        for row in rows
    )
    return len(rows)


@transaction.atomic
def remove_mailboxes(*, actor: Actor, account: Account, user_ids: Collection[int]) -> int:
    """To the bin, as *Eliminar* in the list does: for 30 days they can come back. One that is busy is a BusinessError:
    its person must not vanish with the decision half carried out."""
    rows = list(mailboxes_of(account, user_ids).select_related("subscription"))
    done = 0
    for subscription in {row.subscription for row in rows}:
        chosen = tuple(row.public_id for row in rows if row.subscription_id == subscription.pk)
        subscription.account = account
        done += delete_mailboxes(actor=actor, subscription=subscription, selection=Selection(chosen))
    if done < len(rows):
        raise BusinessError(
            _("Un buzón tiene una operación en curso. Intente en unos minutos."), field="things", code="busy"
        )
    return done


def own_mailboxes(membership: Membership) -> list[OwnService]:
    """The person's own, with what a mail program asks for."""
    rows = mailboxes_of(membership.account, [membership.user_id]).select_related("last_job", "subscription")
    return [_as_own(row) for row in rows]


def _as_own(row: Mailbox) -> OwnService:
    shown = shown_of(row)
    security = _("Ninguna (modo local)") if settings.LOCAL_MODE else "SSL/TLS"
    return OwnService(
        kind=_("Buzón"),
        name=row.address,
        status=str(shown.label),
        tone=shown.tone,
        facts=[
            (_("Correo e inicio de sesión"), row.address),
            (_("Servidor de entrada (IMAP)"), settings.MAIL_HOST),
            (_("Puerto"), str(settings.MAIL_IMAP_PORT)),
            (_("Seguridad"), security),
        ],
        password_url=reverse("exchange:own_password", args=[row.public_id]),
    )
