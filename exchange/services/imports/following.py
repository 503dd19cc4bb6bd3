"""What became of the mailboxes: read from their own rows and jobs, which are the truth, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from accounts.action_log import Thing, log_each
from accounts.actors import Actor
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.services.imports.chunks import chunk_job
from exchange.services.imports.counting import recount_states
from exchange.services.imports.deciding import share_out
from exchange.services.imports.hands import in_hand

State = ImportRow.State
CHUNK = 1000
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
  AND (job.id IS NULL OR job.state NOT IN ('queued', 'running')
       OR mailbox.state <> 'pending' AND job.operation <> 'exchange.create_imported')
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
    """*Reintentar*: the mailboxes that failed and were marked for it are tried again, a chunk in one job. One that cannot
    be retried keeps what it is, and is collected again as it is."""
    marked = ImportRow.objects.filter(batch=batch, state=State.CREATING, message=RETRY).order_by("number")
    while True:
        with in_hand(batch, hand):
            rows = list(marked.values_list("number", "mailbox_public_id")[:CHUNK])
            if not rows:
                return
            numbers = [number for number, _public_id in rows]
            _retry(batch, actor, numbers, [public_id for _number, public_id in rows if public_id])
            ImportRow.objects.filter(batch=batch, number__in=numbers).update(message="")


def _retry(batch: MailboxImport, actor: Actor, numbers: Sequence[int], public_ids: Sequence[UUID]) -> None:
    failed = Mailbox.objects.filter(public_id__in=public_ids, state=Mailbox.State.PENDING).idle()
    mailboxes = list(failed.only("pk", "public_id", "address").order_by("pk").select_for_update(of=("self",)))
    if not mailboxes:
        return
    [job] = share_out(batch, actor, [chunk_job(batch, numbers[0], numbers[-1], is_staged=True)])
    Mailbox.objects.filter(pk__in=[mailbox.pk for mailbox in mailboxes]).update(last_job=job)
    things = (Thing(str(mailbox.public_id), mailbox.address, {}) for mailbox in mailboxes)
    log_each(actor=actor, account=batch.account, action="exchange.mailbox.retried", model=Mailbox, things=things)
