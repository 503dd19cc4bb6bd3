"""The mailboxes of an import, a chunk of rows in one job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.crypto import decrypt
from cloudpanel.provisioning.errors import DriverError, TransientError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import MailboxSpec, MailDriver, Protocol
from exchange.models import MailboxImport
from exchange.operations.common import actor_of, mail_driver
from exchange.operations.imports import LONG, again_later, hand_of
from exchange.operations.mailboxes import hashed
from exchange.services.imports.chunks import Chunk, chunk_of
from exchange.services.imports.outcomes import note_failed, note_made
from exchange.services.imports.staging import stage_chunk

FIRST_CALL, GROWTH = 50, 4  # mailboxes in the first call of a job; so many times more while calls are quick
QUICK = 1.0  # seconds
ENOUGH = 60.0  # seconds after which the job settles what it did; another one does the rest


def _create(run: JobRun) -> Result:
    chunk = chunk_of(run.job)
    if not chunk.is_staged:
        with again_later():
            stage_chunk(chunk, hand_of(run), actor_of(run.job))
    driver = mail_driver()
    specs = list(_specs(chunk, driver))
    refused, rest = _ensure(driver, specs)
    return Result(data={"refused": refused, "rest": rest, "count": len(specs) - len(refused) - len(rest)})


def _ensure(driver: MailDriver, specs: Sequence[MailboxSpec]) -> tuple[list[str], list[str]]:
    """Which ones the mail system does not take, and which it was not asked for. A system that needs seconds for each
    mailbox is asked for few at a time, so that progress shows and a call ends in time."""
    refused: list[str] = []
    done, size, began = 0, FIRST_CALL, time.monotonic()
    while done < len(specs) and (not done or time.monotonic() - began < ENOUGH):
        group, called = specs[done : done + size], time.monotonic()
        try:
            outcomes = driver.ensure_mailboxes(group)
        except TransientError:
            if done:
                break  # what was done counts; the job of the rest meets the same trouble
            raise
        refused += [str(spec.id) for spec in group if isinstance(outcomes[spec.id], DriverError)]
        done += len(group)
        if time.monotonic() - called < QUICK:
            size *= GROWTH
    return refused, [str(spec.id) for spec in specs[done:]]


def _specs(chunk: Chunk, driver: MailDriver) -> Iterator[MailboxSpec]:
    names = ("public_id", "address", "display_name", "quota_mb", "allows_imap", "allows_pop3", "allows_smtp")
    hashes = hashed(driver, _passwords(chunk))
    for public_id, address, name, quota, *allowed in chunk.mailboxes.order_by("pk").values_list(*names):
        yield MailboxSpec(
            id=public_id,
            address=address,
            display_name=name,
            quota_mb=quota,
            password_hash=hashes.get(public_id),
            protocols=_protocols(*allowed),
        )


@cache
def _protocols(imap: bool, pop3: bool, smtp: bool) -> frozenset[Protocol]:
    chosen = zip((Protocol.IMAP, Protocol.POP3, Protocol.SMTP), (imap, pop3, smtp), strict=True)
    return frozenset(protocol for protocol, is_on in chosen if is_on)


def _passwords(chunk: Chunk) -> dict[UUID, str]:
    if chunk.batch.password_by != MailboxImport.PasswordBy.FILE:
        return {}
    mine = chunk.mailboxes.values("public_id")
    rows = chunk.rows.filter(sealed_password__isnull=False, mailbox_public_id__in=mine)
    return {
        public_id: decrypt(bytes(sealed))["password"]
        for public_id, sealed in rows.values_list("mailbox_public_id", "sealed_password")
    }


def _created(job: Job) -> None:
    note_made(chunk_of(job), actor_of(job), refused=job.result["refused"], rest=job.result["rest"])


def _failed(job: Job) -> None:
    note_failed(chunk_of(job), actor_of(job), job)


def _page(job: Job) -> str:
    batch = chunk_of(job).batch
    return reverse("exchange:import_result", args=[batch.subscription.public_id, batch.public_id])


create_imported = Operation(
    run=_create,
    succeeded=_created,
    failed=_failed,
    driver="mail",
    label=_("Crear buzones de una importación"),
    url=_page,
    time_limit=LONG,
    max_attempts=30,
    deadline=timedelta(days=3),
)
