"""What became of the mailboxes: read from their own rows and jobs, which are the truth, in one statement."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.services.imports.counting import recount_states
from exchange.services.imports.hands import in_hand
from exchange.services.mailboxes import retry_mailbox

State = ImportRow.State
CHUNK = 200
RETRY = "retry"
"""In the place of a row's reason: its mailbox is to be tried again."""

_COLLECT = """
UPDATE exchange_importrow row SET
    state = CASE WHEN mailbox.state IN ('active', 'suspended') THEN %(created)s
                 WHEN mailbox.state = 'terminated' THEN %(undone)s ELSE %(failed)s END,
    message = CASE WHEN mailbox.state = 'pending' THEN coalesce(job.user_message, '') ELSE '' END
FROM exchange_mailbox mailbox LEFT JOIN provisioning_job job ON job.id = mailbox.last_job_id
WHERE row.batch_id = %(batch)s AND row.state IN (%(creating)s, %(failed)s)
  AND mailbox.public_id = row.mailbox_public_id
  AND (mailbox.state <> 'pending' OR job.id IS NULL OR job.state NOT IN ('queued', 'running'))
"""


def collect(batch: MailboxImport) -> bool:
    """Rows whose mailbox has come to its end say so. True when none is left under way. In the caller's transaction."""
    values = {
        "batch": batch.pk,
        "creating": State.CREATING.value,
        "created": State.CREATED.value,
        "failed": State.FAILED.value,
        "undone": State.UNDONE.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COLLECT, values)
    recount_states(batch)
    return not batch.count(State.CREATING, State.READY)


def retry_marked(batch: MailboxImport, hand: UUID, actor: Actor) -> None:
    """*Reintentar* for each mailbox that failed and was marked for it, a few hundred in one transaction."""
    marked = ImportRow.objects.filter(batch=batch, state=State.CREATING, message=RETRY).order_by("number")
    while True:
        with in_hand(batch, hand):
            rows = dict(marked.values_list("mailbox_public_id", "pk")[:CHUNK])
            if not rows:
                return
            boxes = Mailbox.objects.filter(public_id__in=[public_id for public_id in rows if public_id])
            for mailbox in boxes.select_related("subscription", "account", "last_job"):
                _retry(actor, mailbox)
            ImportRow.objects.filter(pk__in=rows.values()).update(message="")


def _retry(actor: Actor, mailbox: Mailbox) -> None:
    """One that cannot be retried keeps what it is: it is collected again as it is."""
    try:
        retry_mailbox(actor=actor, mailbox=mailbox, is_told_together=True)
    except BusinessError:
        return
