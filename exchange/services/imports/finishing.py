"""The options below the table, and *Finalizar*."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.notifications import notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import enqueue
from exchange.models import ImportFile, ImportRow, MailboxImport, MailboxTemplate
from exchange.services.imports.aliasing import begin_aliases
from exchange.services.imports.chunks import chunks_under_way
from exchange.services.imports.correcting import review_of
from exchange.services.imports.counting import recount, recount_states, restate
from exchange.services.imports.crossing import cross_check
from exchange.services.imports.deciding import decide_next
from exchange.services.imports.files import lock_key
from exchange.services.imports.following import RETRY, collect, retry_marked
from exchange.services.imports.hands import in_hand, take_in_hand
from exchange.services.mailboxes import require_open

Stage, State = MailboxImport.Stage, ImportRow.State
RETRYABLE = (State.FAILED, State.CONFLICT, State.NO_ROOM)


@dataclass(frozen=True, slots=True)
class Options:
    rule: str = MailboxImport.Rule.VALID
    password_by: str = MailboxImport.PasswordBy.FILE
    template: MailboxTemplate | None = None
    makes_users: bool = True


class NotAll(Exception):
    """*Todas o ninguna*, and one could not be."""


@transaction.atomic
def set_options(*, actor: Actor, batch: MailboxImport, options: Options) -> MailboxImport:
    """Some mistakes are none any more: a wrong template when one counts for all, a weak password when nobody uses it."""
    batch = review_of(batch)
    if options.template is not None and options.template.subscription_id != batch.subscription_id:
        raise BusinessError(_("Elija una plantilla de esta suscripción."), field="template")
    before = (batch.password_by, batch.template_id)
    batch.rule, batch.password_by = MailboxImport.Rule(options.rule), MailboxImport.PasswordBy(options.password_by)
    batch.template, batch.makes_users = options.template, options.makes_users
    batch.save(update_fields=["rule", "password_by", "template", "makes_users"])
    if before != (batch.password_by, batch.template_id):
        restate(batch)
        recount(batch)
    return batch


@transaction.atomic
def finalize_import(*, actor: Actor, batch: MailboxImport, options: Options) -> None:
    """*Finalizar*: the ready rows begin to become mailboxes. A second click finds it begun.

    Raises BusinessError when there is nothing to create, or when it is to be all of them and some are wrong.
    """
    current = MailboxImport.objects.select_for_update().get(pk=batch.pk)
    if current.stage in {Stage.IMPORTING, Stage.FINISHED}:
        return
    batch = set_options(actor=actor, batch=batch, options=options)
    if batch.rule == MailboxImport.Rule.ALL and batch.count(State.WRONG):
        raise BusinessError(
            _("Eligió “Todas o ninguna” y todavía hay filas con error: corríjalas o descártelas."), code="not_all"
        )
    if not batch.count(State.READY):
        raise BusinessError(_("No hay ninguna fila lista para importar."), code="nothing_ready")
    _forget_passwords(batch)
    batch.stage, batch.problem = Stage.IMPORTING, ""
    batch.finalized_at, batch.finished_at, batch.finished_by = timezone.now(), None, actor.user
    batch.last_job = _begin(actor, batch)
    batch.save(update_fields=["stage", "problem", "finalized_at", "finished_at", "finished_by", "last_job"])
    log_action(
        actor=actor,
        account=batch.account_id,
        action="exchange.import.finalized",
        target=batch,
        after={"count": batch.count(State.READY)},
    )


@transaction.atomic
def retry_import(*, actor: Actor, batch: MailboxImport) -> None:
    """*Reintentar*: what failed, was in conflict or found no place is tried again; a second click finds it begun."""
    row = (
        MailboxImport.objects.select_for_update(of=("self",)).select_related("account", "subscription").get(pk=batch.pk)
    )
    require_open(row.subscription)
    if row.stage != Stage.FINISHED or row.pruned_at is not None or not row.count(*RETRYABLE):
        return
    again = ImportRow.objects.filter(batch=row, state__in=[State.CONFLICT, State.NO_ROOM])
    again.update(state=State.READY, message="")
    failed = ImportRow.objects.filter(batch=row, state=State.FAILED)
    failed.filter(mailbox_public_id=None).update(state=State.READY, message="")
    failed.update(state=State.CREATING, message=RETRY)
    row.stage, row.last_job, row.finished_at = Stage.IMPORTING, _begin(actor, row), None
    row.save(update_fields=["stage", "last_job", "finished_at"])
    recount_states(row)
    log_action(actor=actor, account=row.account_id, action="exchange.import.retried", target=row)


def import_rows(public_id: UUID, hand: UUID, actor: Actor) -> bool:
    """For the worker. True when every row has come to its end; False when mailboxes are still being made: ask again."""
    batch = take_in_hand(public_id, hand, Stage.IMPORTING)
    if batch is None:
        return True
    retry_marked(batch, hand, actor)
    try:
        _decide_rows(batch, hand, actor)
    except NotAll as refusal:
        _back_to_review(batch, hand, str(refusal))
        return True
    ImportFile.objects.filter(batch=batch).delete()
    with in_hand(batch, hand):
        return not chunks_under_way(batch) and collect(batch)


def import_ended(public_id: UUID, actor: Actor) -> None:
    """For the settlement: one line and one notification for all of it."""
    batch = MailboxImport.objects.filter(public_id=public_id, stage=Stage.IMPORTING).first()
    if batch is None:
        return
    recount_states(batch)
    batch.stage, batch.finished_at = Stage.FINISHED, timezone.now()
    batch.save(update_fields=["stage", "finished_at"])
    created = batch.count(State.CREATED)
    others = batch.count(State.FAILED, State.CONFLICT, State.NO_ROOM, State.CREATING)
    after = {"created": created, "not_created": others}
    log_action(actor=actor, account=batch.account_id, action="exchange.import.finished", target=batch, after=after)
    begin_aliases(batch, actor)
    if batch.finished_by_id is None:
        return
    notify(
        account=batch.account_id,
        users=[batch.finished_by_id],
        title=lambda: _("Importación terminada: %(file)s") % {"file": batch.filename},
        body=lambda: said(created, others),
        url=page_of(batch, "import_result"),
        level="warning" if others else "success",
    )


def said(created: int, others: int) -> str:
    text = ngettext("Se creó %(count)s buzón.", "Se crearon %(count)s buzones.", created) % {"count": created}
    if others:
        more = ngettext("%(count)s no se pudo crear.", "%(count)s no se pudieron crear.", others) % {"count": others}
        return f"{text} {more}"
    return text


def page_of(batch: MailboxImport, name: str) -> str:
    subscription = MailboxImport.objects.values_list("subscription__public_id", flat=True).get(pk=batch.pk)
    return reverse(f"exchange:{name}", args=[subscription, batch.public_id])


def _begin(actor: Actor, batch: MailboxImport) -> Job:
    return enqueue(
        actor=actor,
        account=batch.account,
        operation="exchange.import_mailboxes",
        lock_key=lock_key(batch),
        params={
            "import": str(batch.public_id),
            "retry": batch.finalized_at is not None and batch.stage == Stage.FINISHED,
        },
    )


def _decide_rows(batch: MailboxImport, hand: UUID, actor: Actor) -> None:
    if batch.rule == MailboxImport.Rule.ALL:
        with in_hand(batch, hand):
            _decide_all_or_none(batch, actor)
        return
    while True:
        with in_hand(batch, hand):
            if not decide_next(batch, actor):
                return
            recount_states(batch)


def _decide_all_or_none(batch: MailboxImport, actor: Actor) -> None:
    while decide_next(batch, actor):
        lost = (
            ImportRow.objects.filter(batch=batch, state__in=[State.CONFLICT, State.NO_ROOM]).order_by("number").first()
        )
        if lost is not None:
            text = _("No se creó ninguno, como eligió. Fila %(number)s: %(reason)s")
            raise NotAll(text % {"number": lost.number, "reason": _(lost.message)})
    recount_states(batch)


def _back_to_review(batch: MailboxImport, hand: UUID, reason: str) -> None:
    with in_hand(batch, hand):
        batch.stage, batch.problem, batch.finalized_at = Stage.REVIEW, reason, None
        batch.save(update_fields=["stage", "problem", "finalized_at"])
        cross_check(batch)
        restate(batch)
        recount(batch)


def _forget_passwords(batch: MailboxImport) -> None:
    """Nobody needs them but the rows that become mailboxes, and those only when the file's passwords count."""
    rows = ImportRow.objects.filter(batch=batch, sealed_password__isnull=False)
    if batch.password_by == MailboxImport.PasswordBy.FILE:
        rows = rows.filter(~Q(state=State.READY))
    rows.update(sealed_password=None)
