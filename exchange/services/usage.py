"""How much each mailbox holds: asked of the mail system in batches, written in one statement per batch."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.actors import SYSTEM
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue_many
from exchange.models import Mailbox

BATCH = 5000
_WRITE = """
    UPDATE exchange_mailbox AS mailbox SET used_bytes = seen.used
    FROM unnest(%s::uuid[], %s::bigint[]) AS seen (id, used)
    WHERE mailbox.public_id = seen.id AND mailbox.used_bytes <> seen.used
"""


@transaction.atomic
def refresh_usage() -> int:
    """For the beat: one job for every 5,000 numbers among which there are mailboxes. Batches still being asked are
    skipped."""
    living = Mailbox.objects.exclude(state=Mailbox.State.TERMINATED)
    numbers = living.values_list((F("pk") - 1) / BATCH, flat=True).order_by().distinct()
    wanted = {f"exchange.usage:{number}": number * BATCH for number in numbers}
    busy = set(Job.objects.active().filter(lock_key__in=wanted).values_list("lock_key", flat=True))
    news = [NewJob(key, {"after": after}) for key, after in wanted.items() if key not in busy]
    return len(enqueue_many(actor=SYSTEM, account=None, operation="exchange.refresh_usage", jobs=news))


def batch_of(after: int) -> list[UUID]:
    """The public ids of one batch."""
    rows = Mailbox.objects.filter(pk__gt=after, pk__lte=after + BATCH).exclude(state=Mailbox.State.TERMINATED)
    return list(rows.values_list("public_id", flat=True))


def write_usage(used: Mapping[UUID, int]) -> None:
    """Only rows that changed are written."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[str(key) for key in used], list(used.values())])
