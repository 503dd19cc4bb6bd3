"""What became of a chunk, written down in the transaction that settles its job: mailboxes, rows, log lines, links.

A mailbox that the mail system refused goes on by itself: a job of its own tries it, with all that the engine does for a
job. So one bad row never holds up the hundreds beside it, and *Reintentar* and *Requiere atención* mean what they always do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.action_log import Thing, log_each
from accounts.actors import Actor
from cloudpanel.provisioning.models import Failure, Job, JobState
from cloudpanel.provisioning.secrets import hand_over_secrets
from cloudpanel.provisioning.services import ring_after_commit
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.services import jobs
from exchange.services.capacity import give_back, places_for
from exchange.services.imports.chunks import Chunk, chunk_job
from exchange.services.imports.counting import recount_states
from exchange.services.imports.deciding import share_out
from exchange.services.links import send_promised_links

Made = tuple[int, UUID, str]  # pk, public id, address
State = ImportRow.State

# Only those that had failed before: the others were born active.
_ACTIVATE = "UPDATE exchange_mailbox SET state = 'active' WHERE id = ANY(%s) AND state = 'pending'"

# Who was made for this mailbox was born in the same moment (services.imports.staging). One sub-select in the other and
# not a join: where the planner takes people for few, a join begins with all of them, for each row anew.
_ROWS = """
UPDATE exchange_importrow row SET state = %(created)s, message = '', sealed_password = NULL,
    made_user_id = coalesce(row.made_user_id, (
        SELECT (SELECT person.id FROM accounts_user person
                WHERE person.id = mailbox.user_id AND person.date_joined = mailbox.created_at)
        FROM exchange_mailbox mailbox WHERE mailbox.id = made.id))
FROM unnest(%(ids)s::bigint[], %(public_ids)s::uuid[]) AS made (id, public_id)
WHERE row.batch_id = %(batch)s AND row.number BETWEEN %(first)s AND %(last)s AND row.mailbox_public_id = made.public_id
"""


def note_made(chunk: Chunk, actor: Actor, *, refused: Iterable[str], rest: Iterable[str]) -> None:
    """All of the chunk's mailboxes exist now, but those ``refused``, and the ``rest`` that had to wait."""
    apart = {UUID(text) for text in (*refused, *rest)}
    pending = list(chunk.mailboxes.order_by("pk").values_list("pk", "public_id", "address"))
    made = [row for row in pending if row[1] not in apart]
    if made:
        _note_made(chunk, actor, made)
    split_off(chunk, actor, [UUID(text) for text in refused])
    _go_on_with(chunk, actor, [UUID(text) for text in rest])
    note_progress(chunk.batch)


def note_failed(chunk: Chunk, actor: Actor, job: Job) -> None:
    """The whole of it could not be. What broke the call may be a single mailbox: then each is tried by itself."""
    _let_go_of_unstaged(chunk, job.user_message)
    chunk.mailboxes.filter(state=Mailbox.State.ACTIVE).update(state=Mailbox.State.PENDING)
    if job.failure == Failure.INTERNAL:
        split_off(chunk, actor, list(chunk.mailboxes.values_list("public_id", flat=True)))
    chunk.rows.filter(state=State.CREATING).update(sealed_password=None)
    note_progress(chunk.batch)
    _wake(chunk.batch)


def note_progress(batch: MailboxImport) -> None:
    """The counts, and the end of the import as soon as nothing is left to wait for. Last in a transaction: the row is
    locked from here on, so that of two chunks the second sees what the first has done."""
    MailboxImport.objects.select_for_update().filter(pk=batch.pk).first()
    recount_states(batch)
    if not batch.count(State.CREATING, State.READY):
        _wake(batch)


def _wake(batch: MailboxImport) -> None:
    """The import's own job looks now what became of its rows, instead of at its next turn."""
    job = batch.last_job_id
    if job is not None and Job.objects.filter(pk=job, state=JobState.QUEUED).update(run_after=timezone.now()):
        ring_after_commit(job)


def _note_made(chunk: Chunk, actor: Actor, made: Sequence[Made]) -> None:
    pks, public_ids = [row[0] for row in made], [row[1] for row in made]
    carrying = chunk.rows.filter(sealed_password__isnull=False)
    if chunk.batch.password_by == MailboxImport.PasswordBy.FILE and carrying.exists():
        with_password = carrying.values("mailbox_public_id")
        Mailbox.objects.filter(pk__in=pks, public_id__in=with_password).update(has_password=True)
    values: dict[str, Any] = {
        "batch": chunk.batch.pk,
        "first": chunk.first,
        "last": chunk.last,
        "created": State.CREATED.value,
        "ids": pks,
        "public_ids": [str(public_id) for public_id in public_ids],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVATE, [pks])
        cursor.execute(_ROWS, values)
    log_each(
        actor=actor,
        account=chunk.batch.account,
        action="exchange.mailbox.activated",
        model=Mailbox,
        things=(Thing(str(public_id), address, {}) for _pk, public_id, address in made),
    )
    send_promised_links(actor, pks)


def split_off(chunk: Chunk, actor: Actor, public_ids: Sequence[UUID]) -> None:
    """Each of these gets a job of its own, with the password that it brought."""
    if not public_ids:
        return
    mailboxes = list(chunk.mailboxes.filter(public_id__in=public_ids).order_by("pk"))
    Mailbox.objects.filter(pk__in=[row.pk for row in mailboxes]).update(state=Mailbox.State.PENDING)
    made = jobs.begin_many(actor, chunk.batch.account, mailboxes, "create_mailbox", batch=str(chunk.batch.public_id))
    by_mailbox = {mailbox.public_id: job for mailbox, job in zip(mailboxes, made, strict=True)}
    rows = chunk.rows.filter(mailbox_public_id__in=by_mailbox, sealed_password__isnull=False)
    sealed = rows.values_list("mailbox_public_id", "sealed_password")
    if chunk.batch.password_by == MailboxImport.PasswordBy.FILE:
        hand_over_secrets((by_mailbox[public_id], bytes(payload)) for public_id, payload in sealed)
    rows.update(sealed_password=None)


def _go_on_with(chunk: Chunk, actor: Actor, public_ids: Sequence[UUID]) -> None:
    """The call took too long for all of them: another one takes the rest."""
    if public_ids:
        [job] = share_out(chunk.batch, actor, [chunk_job(chunk.batch, chunk.first, chunk.last, is_staged=True)])
        chunk.mailboxes.filter(public_id__in=public_ids).update(last_job=job)


def _let_go_of_unstaged(chunk: Chunk, message: str) -> None:
    """Rows that never became a mailbox fail, and give their place back."""
    if chunk.is_staged:
        return
    waiting = chunk.rows.filter(state=State.CREATING, mailbox_public_id__isnull=False)
    there = Mailbox.objects.filter(public_id__in=waiting.values("mailbox_public_id")).values("public_id")
    lost = dict(waiting.exclude(mailbox_public_id__in=there).values_list("pk", "quota_mb"))
    if lost:
        rows = ImportRow.objects.filter(pk__in=lost)
        rows.update(state=State.FAILED, message=message, mailbox_public_id=None, sealed_password=None)
        give_back(chunk.batch.subscription_id, places_for(lost.values()))
