"""*Buzones compartidos*: an address that several people read. Nobody signs in to it, so it takes storage and no place."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox, MailboxGrant, MailDomain
from exchange.services import jobs
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.capacity import places_of, take
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import MAX_QUOTA_MB, clean_display_name, require_free, require_open
from marketplace.models import Subscription

MAX_SHARED = 500


def create_shared(
    *,
    actor: Actor,
    subscription: Subscription,
    display_name: str,
    local_part: str,
    mail_domain: MailDomain,
    quota_mb: int,
    members: Sequence[Mailbox] = (),
) -> Mailbox:
    """Reserves the storage and begins the creation; ``members`` get full access and may send as it."""
    with conflicts_in_words(), transaction.atomic():
        require_open(subscription)
        shared = Mailbox.objects.filter(subscription=subscription, kind=Mailbox.Kind.SHARED).listed()
        if shared.count() >= MAX_SHARED:
            raise BusinessError(_("Una suscripción puede tener 500 buzones compartidos como máximo."))
        row = _built(subscription, display_name, local_part, mail_domain, quota_mb)
        take(subscription, places_of([row]))
        row.save()
        MailboxGrant.objects.bulk_create(
            MailboxGrant(mailbox=row, grantee=member, is_full=True, is_send_as=True) for member in members
        )
        jobs.begin(actor, row, "create_mailbox")
        log_action(
            actor=actor,
            account=subscription.account,
            action="exchange.shared.created",
            target=row,
            after={"display_name": row.display_name, "quota_mb": quota_mb, "count": len(members)},
        )
        return row


def _built(
    subscription: Subscription, display_name: str, local_part: str, mail_domain: MailDomain, quota_mb: int
) -> Mailbox:
    if mail_domain.subscription_id != subscription.pk or mail_domain.state != MailDomain.State.ACTIVE:
        raise BusinessError(_("Elija un dominio activo de esta suscripción."), field="domain")
    if not 1 <= quota_mb <= MAX_QUOTA_MB:
        raise BusinessError(_("El límite va de 1 MB a 1,048,576 MB (1 TB)."), field="quota_mb")
    address = join_address(clean_local_part(local_part), mail_domain.name)
    require_free(address)
    return Mailbox(
        account=subscription.account,
        subscription=subscription,
        mail_domain=mail_domain,
        kind=Mailbox.Kind.SHARED,
        display_name=clean_display_name(display_name),
        address=address,
        quota_mb=quota_mb,
        allows_imap=False,
        allows_pop3=False,
        allows_smtp=False,
    )
