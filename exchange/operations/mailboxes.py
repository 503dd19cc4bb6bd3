"""Creation, password, limits, on and off."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import MailDriver
from exchange.models import Mailbox
from exchange.operations.common import (
    Answers,
    RunMany,
    actor_of,
    answer_of,
    gone,
    log_outcome,
    mail_driver,
    mailbox_id,
    mailbox_of,
    mailboxes_of,
    nothing_to_move,
    page_of,
    run_one,
    spec_of,
)
from exchange.operations.settings import grants_of
from exchange.services.links import send_promised_links

K = TypeVar("K", bound=Hashable)
HASHING_THREADS = 2  # argon2 lets go of the interpreter; each takes 46 MiB


def hashed(driver: MailDriver, plain: Mapping[K, str]) -> dict[K, str]:
    """For each password its hash. Minutes for thousands: callers bring some hundred."""
    if len(plain) < 2:
        return {key: driver.hash_password(text) for key, text in plain.items()}
    with ThreadPoolExecutor(HASHING_THREADS) as pool:
        return dict(zip(plain, pool.map(driver.hash_password, plain.values()), strict=True))


def _create(runs: Sequence[JobRun]) -> Answers:
    driver, rows = mail_driver(), mailboxes_of(runs)
    answers: Answers = {run.job.pk: gone() for run in runs}
    live = {
        run.job.pk: rows[mailbox_id(run.job)]
        for run in runs
        if mailbox_id(run.job) in rows and rows[mailbox_id(run.job)].state != Mailbox.State.TERMINATED
    }
    hashes = hashed(driver, {run.job.pk: run.secret["password"] for run in runs if run.secret and run.job.pk in live})
    outcomes = driver.ensure_mailboxes([spec_of(row, hashes.get(pk)) for pk, row in live.items()])
    for pk, row in live.items():
        answer = answer_of(outcomes[row.public_id])
        if isinstance(answer, Result) and row.kind == Mailbox.Kind.SHARED:
            driver.set_permissions(row.public_id, grants_of(row))
        if isinstance(answer, Result):
            answer = Result(data={**answer.data, "has_password": pk in hashes})
        answers[pk] = answer
    return answers


def _created(jobs: Sequence[Job]) -> None:
    ids = [mailbox_id(job) for job in jobs]
    with_password = [mailbox_id(job) for job in jobs if job.result.get("has_password")]
    Mailbox.objects.filter(public_id__in=with_password, has_password=False).update(has_password=True)
    new = list(Mailbox.objects.filter(public_id__in=ids, state=Mailbox.State.PENDING))
    Mailbox.objects.filter(public_id__in=ids, state=Mailbox.State.PENDING).update(state=Mailbox.State.ACTIVE)
    log_outcome(jobs, new, "exchange.mailbox.activated")
    send_promised_links(actor_of(jobs[0]), [mailbox.pk for mailbox in new])


create_mailbox = Operation(
    run=run_one(_create),
    run_many=_create,
    succeeded=lambda job: _created([job]),
    succeeded_many=_created,
    # The place stays reserved: Reintentar needs it, and the mail system may have made the mailbox before it fell silent.
    failed=nothing_to_move,
    driver="mail",
    label=_("Crear buzón"),
    url=page_of,
    batch_size=500,
    retry_without_secret=True,
)


def _set_password(run: JobRun) -> Result:
    mailbox = mailbox_of(run)
    outcome = mail_driver().set_password(mailbox.public_id, run.secret["password"])
    return Result(data={"outcome": str(outcome)})


def _password_set(job: Job) -> None:
    Mailbox.objects.filter(public_id=mailbox_id(job)).update(has_password=True)


set_password = Operation(
    run=_set_password,
    succeeded=_password_set,
    failed=nothing_to_move,
    driver="mail",
    label=_("Cambiar contraseña de buzón"),
    url=page_of,
)


def _update(runs: Sequence[JobRun]) -> Answers:
    rows = {key: row for key, row in mailboxes_of(runs).items() if row.state != Mailbox.State.TERMINATED}
    outcomes = mail_driver().ensure_mailboxes([spec_of(row) for row in rows.values()])
    return {
        run.job.pk: answer_of(outcomes[mailbox_id(run.job)]) if mailbox_id(run.job) in rows else gone() for run in runs
    }


def _updated(jobs: Sequence[Job]) -> None:
    """The row had the new values from the start; the mail system has them now too."""


update_mailbox = Operation(
    run=run_one(_update),
    run_many=_update,
    succeeded=lambda job: _updated([job]),
    succeeded_many=_updated,
    failed=nothing_to_move,
    driver="mail",
    label=_("Modificar buzón"),
    url=page_of,
)


def _switch(is_enabled: bool) -> RunMany:
    """All of them in one call."""

    def run_many(runs: Sequence[JobRun]) -> Answers:
        rows = {key: row for key, row in mailboxes_of(runs).items() if row.state != Mailbox.State.TERMINATED}
        outcomes = mail_driver().switch_mailboxes(rows, is_enabled=is_enabled)
        return {
            run.job.pk: answer_of(outcomes[mailbox_id(run.job)]) if mailbox_id(run.job) in rows else gone()
            for run in runs
        }

    return run_many


def _disabled(jobs: Sequence[Job]) -> None:
    _move(jobs, Mailbox.State.ACTIVE, Mailbox.State.SUSPENDED)


disable_mailbox = Operation(
    run=run_one(_switch(is_enabled=False)),
    run_many=_switch(is_enabled=False),
    succeeded=lambda job: _disabled([job]),
    succeeded_many=_disabled,
    failed=nothing_to_move,
    driver="mail",
    label=_("Deshabilitar buzón"),
    url=page_of,
)


def _enabled(jobs: Sequence[Job]) -> None:
    _move(jobs, Mailbox.State.SUSPENDED, Mailbox.State.ACTIVE)


enable_mailbox = Operation(
    run=run_one(_switch(is_enabled=True)),
    run_many=_switch(is_enabled=True),
    succeeded=lambda job: _enabled([job]),
    succeeded_many=_enabled,
    failed=nothing_to_move,
    driver="mail",
    label=_("Habilitar buzón"),
    url=page_of,
)


def _move(jobs: Sequence[Job], source: str, to: str) -> None:
    ids = [mailbox_id(job) for job in jobs]
    Mailbox.objects.filter(public_id__in=ids, state=source).update(state=to)
