"""One thing done to many mailboxes: all the rows, jobs and lines in sets, one page that shows how far it is, one notice.

A mailbox that cannot take part (busy, not made yet, too full for the new limit) is left alone and counted with the reason;
the others go on. The same form sent twice finds its batch already there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES, TOLD_TOGETHER, Job, JobState
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many
from exchange.models import BatchItem, Mailbox, MailboxBatch, MailboxQuerySet, MailboxTemplate, PasswordLink
from exchange.services import jobs
from exchange.services.capacity import STORAGE_GB, gigabytes, give_back, places_of, take
from exchange.services.links import links_for
from exchange.services.mailboxes import RENAME, require_open
from exchange.services.selection import Selection
from marketplace.models import Subscription

Verb = MailboxBatch.Verb
GOING = frozenset({Verb.DELETE, Verb.PURGE})
"""Possible also while the subscription is suspended."""
IN_BIN_VERBS = frozenset({Verb.RESTORE, Verb.PURGE})
CHUNK = 2000
MOST = 100_000
BUSY = gettext_noop("Tenían una operación en curso.")
NOT_MADE = gettext_noop("Todavía no existen en el servicio de correo.")
RENAMING = gettext_noop("Su cambio de dirección no terminó.")
SAME = gettext_noop("Ya estaban así.")
TOO_FULL = gettext_noop("Ocupan más de lo que la plantilla permite.")
NO_EMAIL = gettext_noop("No tienen otro correo al que enviar el enlace.")
MB = 1024 * 1024

_SET_TEMPLATE = """
    UPDATE exchange_mailbox SET template_id = %s, quota_mb = %s, allows_imap = %s, allows_pop3 = %s, allows_smtp = %s
    WHERE id = ANY(%s)
"""


@dataclass
class _Work:
    """What is decided about the chosen mailboxes."""

    rows: list[Mailbox]
    reasons: Counter[str] = field(default_factory=Counter)

    def keep(self, test: Callable[[Mailbox], bool], reason: str) -> None:
        kept = [row for row in self.rows if test(row)]
        self.reasons[reason] += len(self.rows) - len(kept)
        self.rows = kept


def start_batch(
    *,
    actor: Actor,
    subscription: Subscription,
    verb: str,
    selection: Selection,
    token: UUID,
    template: MailboxTemplate | None = None,
) -> MailboxBatch:
    """Begins it. ``token`` was made for the form. BusinessError: nothing that was chosen can take part, or the plan has
    not enough storage for the template."""
    known = MailboxBatch.objects.filter(subscription=subscription, token=token).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _start(actor, subscription, verb, selection, token, template)
    except IntegrityError:
        return MailboxBatch.objects.get(subscription=subscription, token=token)


def _start(
    actor: Actor,
    subscription: Subscription,
    verb: str,
    selection: Selection,
    token: UUID,
    template: MailboxTemplate | None,
) -> MailboxBatch:
    if subscription.state == Subscription.State.TERMINATED:
        raise BusinessError(_("La suscripción ya se dio de baja."), code="subscription_not_active")
    if verb not in GOING:
        require_open(subscription)
    batch = MailboxBatch.objects.create(
        account=subscription.account,
        subscription=subscription,
        verb=verb,
        template=template,
        asked_by=actor.user,
        token=token,
    )
    work = _chosen(subscription, verb, selection)
    begun = _BEGIN[Verb(verb)](actor, batch, work)
    if not work.rows:
        reason = next((text for text, count in work.reasons.items() if count), "")
        raise BusinessError(_("No hay nada que hacer con los buzones elegidos.") + (f" {_(reason)}" if reason else ""))
    BatchItem.objects.bulk_create(
        (BatchItem(batch=batch, mailbox=row, job=job) for row, job in zip(work.rows, begun, strict=True)),
        batch_size=CHUNK,
    )
    batch.total, batch.reasons = len(work.rows), {text: count for text, count in work.reasons.items() if count}
    batch.skipped = sum(batch.reasons.values())
    batch.save(update_fields=["total", "skipped", "reasons"])
    _log(actor, batch, work.rows)
    enqueue(
        actor=actor,
        account=subscription.account,
        operation="exchange.watch_batch",
        lock_key=f"exchange.batch:{batch.public_id}",
        params={TOLD_TOGETHER: str(batch.public_id)},
    )
    return batch


def within_reach(subscription: Subscription, verb: str, selection: Selection) -> MailboxQuerySet:
    """What ``selection`` means for this verb. A shared mailbox goes only when it is named: "all" means all of the list."""
    mine = Mailbox.objects.filter(subscription=subscription)
    if verb in IN_BIN_VERBS:
        return selection.within(mine.in_bin())
    named = verb == Verb.DELETE and not selection.is_everything
    return selection.within(mine.listed() if named else mine.personal())


def _chosen(subscription: Subscription, verb: str, selection: Selection) -> _Work:
    """Locked in one order, so that two batches that overlap wait for each other. Busy ones are left out at once."""
    mine = within_reach(subscription, verb, selection)
    locked: QuerySet[Mailbox] = mine.select_related("last_job").defer("search_text")
    rows = list(locked.order_by("pk").select_for_update(of=("self",))[: MOST + 1])
    if len(rows) > MOST:
        raise BusinessError(_("Elija 100,000 buzones a la vez como máximo."))
    work = _Work(rows)
    work.keep(lambda row: row.last_job is None or row.last_job.state not in ACTIVE_STATES, BUSY)
    return work


def _require_made(work: _Work) -> None:
    work.keep(lambda row: row.state != Mailbox.State.PENDING, NOT_MADE)
    work.keep(lambda row: not _is_half_renamed(row), RENAMING)


def _is_half_renamed(row: Mailbox) -> bool:
    return row.last_job is not None and row.last_job.operation == RENAME and row.last_job.state != JobState.SUCCEEDED


def _begin_all(actor: Actor, batch: MailboxBatch, work: _Work, verb: str) -> list[Job]:
    return jobs.begin_many(actor, batch.account, work.rows, verb, batch=str(batch.public_id))


def _delete(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    return _begin_all(actor, batch, work, "delete_mailbox")


def _restore(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    """All take their places again, or none comes back."""
    take(batch.subscription, places_of(work.rows))
    return _begin_all(actor, batch, work, "restore_mailbox")


def _purge(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    return _begin_all(actor, batch, work, "purge_mailbox")


def _switch(actor: Actor, batch: MailboxBatch, work: _Work, needed: str, verb: str) -> list[Job]:
    _require_made(work)
    work.keep(lambda row: row.state == needed, SAME)
    return _begin_all(actor, batch, work, verb)


def _enable(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    return _switch(actor, batch, work, Mailbox.State.SUSPENDED, "enable_mailbox")


def _disable(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    return _switch(actor, batch, work, Mailbox.State.ACTIVE, "disable_mailbox")


def _template(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    """Limit and protocols become those of the template; what they take more of the plan is taken at once, or nothing is."""
    template = batch.template
    if template is None or template.subscription_id != batch.subscription_id:
        raise BusinessError(_("Elija una plantilla de esta suscripción."), field="template")
    _require_made(work)
    work.keep(lambda row: not _is_like(row, template), SAME)
    work.keep(lambda row: row.used_bytes <= template.quota_mb * MB, TOO_FULL)
    more = sum(gigabytes(template.quota_mb) - gigabytes(row.quota_mb) for row in work.rows)
    take(batch.subscription, {STORAGE_GB: more})
    if more < 0:
        give_back(batch.subscription_id, {STORAGE_GB: -more})
    allowed = (template.allows_imap, template.allows_pop3, template.allows_smtp)
    with connection.cursor() as cursor:
        cursor.execute(_SET_TEMPLATE, [template.pk, template.quota_mb, *allowed, [row.pk for row in work.rows]])
    return _begin_all(actor, batch, work, "update_mailbox")


def _is_like(row: Mailbox, template: MailboxTemplate) -> bool:
    names = ("quota_mb", "allows_imap", "allows_pop3", "allows_smtp")
    return row.template_id == template.pk and all(getattr(row, name) == getattr(template, name) for name in names)


def _link(actor: Actor, batch: MailboxBatch, work: _Work) -> list[Job]:
    """A link to each person's own e-mail, or to where the last one went. Older links stop working."""
    _require_made(work)
    emails = links_for(work.rows)
    work.keep(lambda row: row.pk in emails, NO_EMAIL)
    links = PasswordLink.objects.bulk_create(
        [PasswordLink.promised(row, emails[row.pk]) for row in work.rows], batch_size=CHUNK
    )
    told = {TOLD_TOGETHER: str(batch.public_id)}
    news = [NewJob(f"exchange.password_link:{link.pk}", {"link": link.pk, **told}) for link in links]
    begun = enqueue_many(actor=actor, account=batch.account, operation="exchange.send_password_link", jobs=news)
    for link, job in zip(links, begun, strict=True):
        link.last_job = job
    PasswordLink.objects.bulk_update(links, ["last_job"], batch_size=CHUNK)
    return begun


_BEGIN: dict[Verb, Callable[[Actor, MailboxBatch, _Work], list[Job]]] = {
    Verb.DELETE: _delete,
    Verb.TEMPLATE: _template,
    Verb.LINK: _link,
    Verb.ENABLE: _enable,
    Verb.DISABLE: _disable,
    Verb.RESTORE: _restore,
    Verb.PURGE: _purge,
}
_ACTIONS = {
    Verb.DELETE: "exchange.mailbox.deletion_requested",
    Verb.TEMPLATE: "exchange.mailbox.updated",
    Verb.LINK: "exchange.mailbox.password_link_sent",
    Verb.ENABLE: "exchange.mailbox.enabled",
    Verb.DISABLE: "exchange.mailbox.disabled",
    Verb.RESTORE: "exchange.mailbox.restore_requested",
    Verb.PURGE: "exchange.mailbox.purge_requested",
}


def _log(actor: Actor, batch: MailboxBatch, rows: Sequence[Mailbox]) -> None:
    after = {"count": batch.total, "skipped": batch.skipped}
    log_action(actor=actor, account=batch.account_id, action="exchange.batch.started", target=batch, after=after)
    change = {"template": batch.template.name, "quota_mb": batch.template.quota_mb} if batch.template else {}
    action = _ACTIONS[Verb(batch.verb)]
    log_actions(
        build_entry(actor=actor, account=batch.account_id, action=action, target=row, after=change) for row in rows
    )


def progress_of(batch: MailboxBatch) -> dict[str, int]:
    """How many are done, failed, and still to come."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [batch.pk])
        states: dict[str, int] = dict(cursor.fetchall())
    done, failed = states.get(JobState.SUCCEEDED, 0), states.get(JobState.FAILED, 0)
    cancelled = states.get(JobState.CANCELLED, 0)
    return {"done": done, "failed": failed + cancelled, "waiting": batch.total - done - failed - cancelled}


_PROGRESS = """
    SELECT job.state, count(*) FROM exchange_batchitem item JOIN provisioning_job job ON job.id = item.job_id
    WHERE item.batch_id = %s GROUP BY job.state
"""
