"""Comparing the panel with the mail server, and doing about it what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from cloudpanel.provisioning.errors import DriverError, PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import MailboxState, Outcome
from exchange.models import Finding, Mailbox
from exchange.operations.common import (
    Answers,
    actor_of,
    answer_of,
    gone,
    log_outcome,
    mail_driver,
    mailbox_id,
    mailboxes_of,
    nothing_to_move,
    page_of,
    run_one,
    spec_of,
)
from exchange.operations.comparing import compare
from exchange.operations.deletion import give_back_places, terminate
from exchange.operations.extras import mend_extras
from exchange.operations.repairing_lists import finding_of, page_of_finding, remove_stray
from exchange.services.findings import close_findings, finish_comparison
from marketplace.models import Subscription

# Comparing -----------------------------------------------------------------------------------------------------


def _subscription_of(job: Job) -> Subscription:
    row = Subscription.objects.filter(public_id=job.params["subscription"]).first()
    if row is None:
        raise PermanentError("La suscripción ya no existe.", "no row")
    return row


def _compare(run: JobRun) -> Result:
    """Writes what it saw at once: an observation, not a state; repeating it does no harm."""
    started_at = timezone.now()
    sums = compare(mail_driver(), _subscription_of(run.job), started_at)
    return Result(data={"started_at": started_at.isoformat(), "panel": sums.panel, "server": sums.server})


def _compared(job: Job) -> None:
    finish_comparison(actor=actor_of(job), job=job, subscription=_subscription_of(job))


def _findings_page(job: Job) -> str:
    return reverse("exchange:findings", args=[job.params["subscription"]])


compare_mailboxes = Operation(
    run=_compare,
    succeeded=_compared,
    failed=nothing_to_move,
    driver="mail",
    label=_("Comparar buzones con el servidor de correo"),
    url=_findings_page,
    max_attempts=3,
    time_limit=timedelta(minutes=14),
)


# Repairing: the server becomes as the panel says ---------------------------------------------------------------


def _repair(runs: Sequence[JobRun]) -> Answers:
    """Out of the bin or into it where the panel says so, then the data, then aliases, permissions, forwarding and
    automatic reply. A mailbox that was missing is made anew: empty and without a password."""
    driver, rows = mail_driver(), mailboxes_of(runs)
    live = {key: row for key, row in rows.items() if row.state != Mailbox.State.TERMINATED}
    binned = [key for key, row in live.items() if row.deleted_at is not None]
    wanted = [row for row in live.values() if row.deleted_at is None]
    driver.remove_mailboxes(binned)
    answers: dict[UUID, object] = dict.fromkeys(binned, "")
    there = driver.lookup([row.public_id for row in wanted])
    for key, record in there.items():
        if record.state is MailboxState.REMOVED:
            try:
                driver.restore_mailbox(key)
            except PermanentError as error:
                answers[key] = error
    answers |= driver.ensure_mailboxes([spec_of(row) for row in wanted if row.public_id not in answers])
    adopted = _adopted(live)
    good = [row for row in wanted if not isinstance(answers[row.public_id], DriverError)]
    answers |= mend_extras(driver, [row for row in good if row.public_id not in adopted])
    return {
        run.job.pk: answer_of(answers[mailbox_id(run.job)]) if mailbox_id(run.job) in answers else gone()
        for run in runs
    }


def _adopted(keys: Iterable[UUID]) -> set[UUID]:
    """Those that the panel has just taken over: what they have beyond their data stays as it is."""
    news = Finding.objects.filter(mail_id__in=list(keys), kind=Finding.Kind.UNKNOWN, resolved_at=None)
    return set(news.values_list("mail_id", flat=True))


def _repaired(jobs: Sequence[Job]) -> None:
    made_anew = [mailbox_id(job) for job in jobs if job.result.get("outcome") == Outcome.CREATED]
    Mailbox.objects.filter(public_id__in=made_anew).update(has_password=False, used_bytes=0)
    _settle(jobs, "exchange.mailbox.repaired")


def _settle(jobs: Sequence[Job], action: str) -> None:
    rows = list(Mailbox.objects.filter(public_id__in=[mailbox_id(job) for job in jobs]))
    for subscription_id in {row.subscription_id for row in rows}:
        close_findings(subscription_id, [row.public_id for row in rows if row.subscription_id == subscription_id])
    log_outcome(jobs, rows, action)


repair_mailbox = Operation(
    run=run_one(_repair),
    run_many=_repair,
    succeeded=lambda job: _repaired([job]),
    succeeded_many=_repaired,
    failed=nothing_to_move,
    driver="mail",
    label=_("Reparar buzón en el servidor de correo"),
    url=page_of,
    batch_size=200,
)


# Removing ------------------------------------------------------------------------------------------------------


def _remove_unknown(run: JobRun) -> Result:
    """Erased for ever, unless somebody adopted it meanwhile."""
    finding = finding_of(run.job)
    if finding is None:
        return Result(data={"skipped": True})
    if finding.thing != Finding.Thing.MAILBOX:
        remove_stray(finding)
        return Result()
    living = Mailbox.objects.filter(public_id=finding.mail_id).exclude(state=Mailbox.State.TERMINATED)
    if living.exists():
        raise PermanentError("El buzón ya está en el panel: elimínelo desde la lista de buzones.", "adopted meanwhile")
    mail_driver().purge_mailbox(finding.mail_id)
    return Result()


def _unknown_removed(job: Job) -> None:
    finding = finding_of(job)
    if finding is not None and not job.result.get("skipped"):
        close_findings(finding.subscription_id, [finding.mail_id])
        log_action(
            actor=actor_of(job),
            account=finding.account_id,
            action=f"exchange.{finding.thing}.stray_removed",
            target=finding,
            before={"address": finding.address},
        )


remove_unknown = Operation(
    run=_remove_unknown,
    succeeded=_unknown_removed,
    failed=nothing_to_move,
    driver="mail",
    label=_("Quitar del servidor lo que no está en el panel"),
    url=page_of_finding,
)


def _forget(runs: Sequence[JobRun]) -> Answers:
    """It is not there: this only makes sure that it never comes back."""
    rows = mailboxes_of(runs)
    there = mail_driver().lookup(rows.keys())
    absent = [key for key in rows if key not in there]
    mail_driver().purge_mailboxes(absent)
    answers: dict[UUID, Result | DriverError] = {key: Result() for key in absent}
    found_again = PermanentError("El buzón volvió a aparecer en el servidor de correo.", "found by lookup")
    return {run.job.pk: answers.get(mailbox_id(run.job), found_again) for run in runs}


def _forgotten(jobs: Sequence[Job]) -> None:
    ids = [mailbox_id(job) for job in jobs]
    rows = list(
        Mailbox.objects.filter(public_id__in=ids)
        .exclude(state=Mailbox.State.TERMINATED)
        .order_by("pk")
        .select_for_update()
    )
    give_back_places([row for row in rows if row.deleted_at is None])
    _settle(jobs, "exchange.mailbox.forgotten")
    terminate([row.pk for row in rows])


forget_mailbox = Operation(
    run=run_one(_forget),
    run_many=_forget,
    succeeded=lambda job: _forgotten([job]),
    succeeded_many=_forgotten,
    failed=nothing_to_move,
    driver="mail",
    label=_("Quitar del panel un buzón que ya no existe"),
    batch_size=1000,
)
