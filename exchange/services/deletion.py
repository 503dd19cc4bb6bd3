"""To the bin, out of it, and gone for ever: one mailbox or fifty thousand.

What lies in the bin takes no place of the plan, but keeps its address; coming back takes a place again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_actions
from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox
from exchange.models.mailboxes import BIN_DAYS
from exchange.services import jobs
from exchange.services.capacity import places_of, take
from exchange.services.mailboxes import require_open
from exchange.services.selection import Selection
from marketplace.models import Subscription


@transaction.atomic
def delete_mailboxes(*, actor: Actor, subscription: Subscription, selection: Selection, batch: str = "") -> int:
    """*Eliminar*: the selected mailboxes begin to go to the bin. Gives how many; those that are busy with another
    operation are left alone, and a second click finds nothing more to do. ``batch``: see ``jobs.begin_many``."""
    if subscription.state == Subscription.State.TERMINATED:
        raise BusinessError(_("La suscripción ya se dio de baja."), code="subscription_not_active")
    mine = Mailbox.objects.filter(subscription=subscription)
    listed = (mine.personal() if selection.is_everything else mine.listed()).idle()
    mailboxes = _locked(selection.within(listed))
    jobs.begin_many(actor, subscription.account, mailboxes, "delete_mailbox", batch=batch)
    _log(actor, subscription.account, mailboxes, "exchange.mailbox.deletion_requested")
    return len(mailboxes)


@transaction.atomic
def restore_mailboxes(*, actor: Actor, subscription: Subscription, selection: Selection) -> int:
    """*Restaurar*: takes the places again and begins to bring the mailboxes back. BusinessError ``limit_reached``."""
    require_open(subscription)
    binned = Mailbox.objects.filter(subscription=subscription).in_bin().idle()
    mailboxes = _locked(selection.within(binned))
    take(subscription, places_of(mailboxes))
    jobs.begin_many(actor, subscription.account, mailboxes, "restore_mailbox")
    _log(actor, subscription.account, mailboxes, "exchange.mailbox.restore_requested")
    return len(mailboxes)


@transaction.atomic
def purge_mailboxes(*, actor: Actor, subscription: Subscription, selection: Selection) -> int:
    """*Borrar para siempre*: what lies in the bin begins to go, mail and all. A second click finds nothing more to do."""
    binned = Mailbox.objects.filter(subscription=subscription).in_bin().idle()
    mailboxes = _locked(selection.within(binned))
    jobs.begin_many(actor, subscription.account, mailboxes, "purge_mailbox")
    _log(actor, subscription.account, mailboxes, "exchange.mailbox.purge_requested")
    return len(mailboxes)


def purge_expired() -> int:
    """For the beat: whatever lay in the bin for 30 days begins to go for ever. Gives how many.

    What failed is tried again at the next beat: the mail system may have been away for longer than a job waits."""
    due = Mailbox.objects.in_bin().idle().filter(deleted_at__lte=timezone.now() - timedelta(days=BIN_DAYS))
    count = 0
    for account in Account.objects.filter(pk__in=due.values("account")):
        with transaction.atomic():
            mailboxes = _locked(due.filter(account=account))
            jobs.begin_many(SYSTEM, account, mailboxes, "purge_mailbox")
        count += len(mailboxes)
    return count


def _locked(mailboxes: QuerySet[Mailbox]) -> list[Mailbox]:
    """In one order, so that two selections that overlap wait for each other instead of dying in each other's arms."""
    needed = mailboxes.only("pk", "public_id", "address", "quota_mb", "kind")
    return list(needed.order_by("pk").select_for_update(of=("self",)))


def _log(actor: Actor, account: Account, mailboxes: Sequence[Mailbox], action: str) -> None:
    log_actions(build_entry(actor=actor, account=account, action=action, target=mailbox) for mailbox in mailboxes)
