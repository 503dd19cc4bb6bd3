"""Which rows become mailboxes: ten thousand in one transaction, which also takes their places in the plan and enqueues the
jobs that make them, a chunk of rows each (:mod:`exchange.services.imports.chunks`).

Whatever cannot be is said in its row: the address was taken meanwhile, the domain is gone, the plan is full. The lock of the
plan's rows lets one import of a subscription through at a time, so two of them never overdraw it.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from accounts.actors import Actor
from cloudpanel.provisioning.services import NewJob, enqueue_many
from exchange.models import ImportRow, MailboxImport, MailDomain
from exchange.services.capacity import MAILBOXES, MB_PER_GB, STORAGE_GB, take
from exchange.services.imports.chunks import chunk_job, default_template

AT_ONCE = 10_000
CHUNK = 1000
CHUNK_WITH_PASSWORDS = 200  # hashing them takes half a minute for a thousand
NO_LIMIT = 2_000_000_000
State = ImportRow.State
TAKEN_MEANWHILE = gettext_noop("Otra persona u otra importación ocupó esta dirección mientras tanto.")
DOMAIN_GONE = gettext_noop("El dominio de esta dirección ya no está activo en la suscripción.")
NO_PLACE = gettext_noop("Su plan ya no tiene lugar para este buzón: contrate más y reintente, o use un tamaño menor.")

_ROOM = """
SELECT resource, included - used FROM marketplace_subscriptionresource
WHERE subscription_id = %s ORDER BY id FOR UPDATE
"""

# In the order of the file. A row takes its place only when it can be made at all. The addresses are looked up by index,
# as one list: a join would read the whole table of mailboxes. Gives chunks of rows to make, and state by state the others.
_DECIDE = """
WITH next AS MATERIALIZED (
    SELECT row.id, row.number, row.address, row.mail_domain_id,
           coalesce(row.quota_mb, own.quota_mb, %(quota)s) AS quota_mb
    FROM exchange_importrow row
    LEFT JOIN exchange_mailboxtemplate own ON own.id = coalesce(%(template)s, row.template_id)
         AND own.subscription_id = %(subscription)s
    WHERE row.batch_id = %(batch)s AND row.state = %(ready)s ORDER BY row.number LIMIT %(at_once)s
), taken AS MATERIALIZED (
    SELECT address FROM exchange_mailbox
    WHERE address = ANY(ARRAY(SELECT address FROM next)) AND state <> 'terminated'
    UNION SELECT address FROM exchange_mailboxalias WHERE address = ANY(ARRAY(SELECT address FROM next))
    UNION SELECT address FROM exchange_distributionlist WHERE address = ANY(ARRAY(SELECT address FROM next))
), judged AS MATERIALIZED (
    SELECT next.*, CASE WHEN taken.address IS NOT NULL THEN %(taken_message)s
                        WHEN next.mail_domain_id <> ALL(%(domains)s) THEN %(domain_message)s ELSE '' END AS refusal
    FROM next LEFT JOIN taken ON taken.address = next.address
), summed AS (
    SELECT judged.*, ceil(quota_mb / %(mb_per_gb)s::numeric)::int AS gigabytes,
        count(*) FILTER (WHERE refusal = '') OVER in_order AS boxes,
        sum(ceil(quota_mb / %(mb_per_gb)s::numeric)) FILTER (WHERE refusal = '') OVER in_order AS storage
    FROM judged WINDOW in_order AS (ORDER BY number)
), decided AS (
    SELECT *, CASE WHEN refusal <> '' THEN %(conflict)s
                   WHEN boxes > %(free_boxes)s OR storage > %(free_gigabytes)s THEN %(no_room)s
                   ELSE %(creating)s END AS state
    FROM summed
), moved AS (
    UPDATE exchange_importrow row SET
        state = decided.state,
        message = CASE WHEN decided.state = %(no_room)s THEN %(room_message)s ELSE decided.refusal END,
        sealed_password = CASE WHEN decided.state = %(creating)s THEN row.sealed_password END,
        mailbox_public_id = CASE WHEN decided.state = %(creating)s THEN gen_random_uuid() END,
        quota_mb = CASE WHEN decided.state = %(creating)s THEN decided.quota_mb ELSE row.quota_mb END
    FROM decided WHERE row.id = decided.id
    RETURNING row.number, row.state, decided.gigabytes, decided.boxes
)
SELECT state, min(number), max(number), count(*), sum(gigabytes) FROM moved
GROUP BY state, CASE WHEN state = %(creating)s THEN (boxes - 1) / %(chunk)s END ORDER BY 2
"""


def decide_next(batch: MailboxImport, actor: Actor) -> int:
    """The next rows, in the caller's transaction. Gives how many were decided about; 0 at the end."""
    groups = _decided(batch)
    chunks = [(first, last) for state, first, last, _count, _size in groups if state == State.CREATING]
    wanted = [(count, size) for state, _first, _last, count, size in groups if state == State.CREATING]
    # The lock is ours since the decision, so it cannot be too much.
    places = {MAILBOXES: sum(count for count, _size in wanted), STORAGE_GB: int(sum(size for _count, size in wanted))}
    take(batch.subscription, places)
    share_out(batch, actor, [chunk_job(batch, first, last) for first, last in chunks])
    return sum(count for _state, _first, _last, count, _size in groups)


def share_out(batch: MailboxImport, actor: Actor, chunks: list[NewJob]) -> list[int]:
    """Enqueues the chunks: any worker takes any of them. Gives the jobs' ids."""
    jobs = enqueue_many(actor=actor, account=batch.account, operation="exchange.create_imported", jobs=chunks)
    return [job.pk for job in jobs]


def _decided(batch: MailboxImport) -> list[tuple[int, int, int, int, Any]]:
    """(state, first number, last number, rows, gigabytes)"""
    subscription = batch.subscription
    with connection.cursor() as cursor:
        cursor.execute(_ROOM, [subscription.pk])
        room = dict(cursor.fetchall())
        domains = subscription.mail_domains.filter(state=MailDomain.State.ACTIVE)
        values: dict[str, Any] = {
            "batch": batch.pk,
            "subscription": subscription.pk,
            "template": batch.template_id,
            "quota": default_template(batch)["quota_mb"],
            "domains": list(domains.values_list("pk", flat=True)),
            "at_once": AT_ONCE,
            "chunk": CHUNK_WITH_PASSWORDS if _brings_passwords(batch) else CHUNK,
            "mb_per_gb": MB_PER_GB,
            "free_boxes": room.get(MAILBOXES, NO_LIMIT),
            "free_gigabytes": room.get(STORAGE_GB, NO_LIMIT),
            "ready": State.READY.value,
            "creating": State.CREATING.value,
            "conflict": State.CONFLICT.value,
            "no_room": State.NO_ROOM.value,
            "taken_message": TAKEN_MEANWHILE,
            "domain_message": DOMAIN_GONE,
            "room_message": NO_PLACE,
        }
        cursor.execute(_DECIDE, values)
        return list(cursor.fetchall())


def _brings_passwords(batch: MailboxImport) -> bool:
    rows = ImportRow.objects.filter(batch=batch, state=State.READY, sealed_password__isnull=False)
    return batch.password_by == MailboxImport.PasswordBy.FILE and rows.exists()
