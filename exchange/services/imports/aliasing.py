"""The column of further addresses: read from its cell, and made into aliases once the import's mailboxes are there.

Aliases are no part of what an import counts: a mailbox whose alias is taken is created all the same, and its row says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many
from exchange.models import DistributionList, ImportRow, Mailbox, MailboxAlias, MailboxImport
from exchange.services.aliases import MAX_ALIASES
from exchange.services.imports import columns
from exchange.services.imports.judging import aliases_in
from exchange.services.imports.verifying import surroundings_of

CHUNK = 500


def begin_aliases(batch: MailboxImport, actor: Actor) -> None:
    """In the transaction that ends the import, when its file brought aliases."""
    if columns.ALIASES in batch.mapping and batch.count(ImportRow.State.CREATED):
        enqueue(
            actor=actor,
            account=batch.account,
            operation="exchange.alias_import",
            lock_key=f"exchange.import_aliases:{batch.public_id}",
            params={"import": str(batch.public_id)},
        )


def add_aliases(public_id: UUID, actor: Actor) -> int:
    """For the worker: what is not there yet is made, row after row; may be repeated after any crash. Gives how many."""
    batch = MailboxImport.objects.select_related("account", "subscription").filter(public_id=public_id).first()
    at = batch.column_of(columns.ALIASES) if batch is not None else None
    if batch is None or at is None:
        return 0
    last = done = 0
    while rows := _next(batch, at, last):
        with transaction.atomic():
            done += _make(batch, actor, at, rows)
        last = rows[-1].number
    return done


def _next(batch: MailboxImport, at: int, after: int) -> list[ImportRow]:
    rows = ImportRow.objects.filter(batch=batch, state=ImportRow.State.CREATED, number__gt=after)
    return list(
        rows.exclude(**{f"cells__{at}": ""}).filter(**{f"cells__{at}__isnull": False}).order_by("number")[:CHUNK]
    )


def _make(batch: MailboxImport, actor: Actor, at: int, rows: Sequence[ImportRow]) -> int:
    domains = surroundings_of(batch.subscription).domains
    mailboxes = {box.public_id: box for box in _living(batch, rows)}
    wanted = {
        row.number: aliases_in(row.cells[at], domains, row.address)[0][:MAX_ALIASES]
        for row in rows
        if row.mailbox_public_id in mailboxes
    }
    taken = _owners({address for addresses in wanted.values() for address in addresses})
    news = list[MailboxAlias]()
    for row in rows:
        box = mailboxes.get(row.mailbox_public_id) if row.mailbox_public_id else None
        if box is None:
            continue
        refused = [address for address in wanted[row.number] if taken.get(address, box.pk) != box.pk]
        free = [address for address in wanted[row.number] if address not in taken]
        taken |= dict.fromkeys(free, box.pk)
        news += [_alias(box, address, domains[address.partition("@")[2]]) for address in free]
        if refused:
            row.message = _("El buzón se creó sin estos alias, que ya están en uso: %(aliases)s") % {
                "aliases": ", ".join(refused)
            }
    ImportRow.objects.bulk_update([row for row in rows if row.message], ["message"])
    _begin(batch, actor, news)
    return len(news)


def _living(batch: MailboxImport, rows: Sequence[ImportRow]) -> Sequence[Mailbox]:
    ids = [row.mailbox_public_id for row in rows if row.mailbox_public_id]
    return list(Mailbox.objects.listed().filter(subscription=batch.subscription, public_id__in=ids))


def _owners(addresses: Collection[str]) -> dict[str, int]:
    """Address → the mailbox whose alias it is; 0 when it is something else."""
    boxes = Mailbox.objects.filter(~Q(state=Mailbox.State.TERMINATED), address__in=addresses)
    lists = DistributionList.objects.filter(address__in=addresses)
    others = dict.fromkeys([*boxes.values_list("address", flat=True), *lists.values_list("address", flat=True)], 0)
    return dict(MailboxAlias.objects.filter(address__in=addresses).values_list("address", "mailbox")) | others


def _alias(box: Mailbox, address: str, domain_id: int) -> MailboxAlias:
    return MailboxAlias(
        account_id=box.account_id,
        subscription_id=box.subscription_id,
        mailbox=box,
        mail_domain_id=domain_id,
        address=address,
    )


def _begin(batch: MailboxImport, actor: Actor, news: Sequence[MailboxAlias]) -> None:
    jobs = [NewJob(f"exchange.alias:{alias.public_id}", {"alias": str(alias.public_id)}) for alias in news]
    begun = enqueue_many(actor=actor, account=batch.account, operation="exchange.ensure_alias", jobs=jobs)
    for alias, job in zip(news, begun, strict=True):
        alias.last_job = job
    MailboxAlias.objects.bulk_create(news)
    log_actions(
        build_entry(
            actor=actor,
            account=batch.account,
            action="exchange.mailbox.alias_added",
            target=alias.mailbox,
            after={"alias": alias.address},
        )
        for alias in news
    )
