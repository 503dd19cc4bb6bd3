"""Jobs are born here, in the transaction of the change that they carry out; people cancel them and try them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.set_insert import SetInsert, insert_select
from cloudpanel.provisioning.claims import spec_of
from cloudpanel.provisioning.models import TOLD_TOGETHER, DriverHealth, Job, JobSecret, JobState
from cloudpanel.provisioning.operations import get_operation
from cloudpanel.provisioning.reports import label_of
from cloudpanel.provisioning.secrets import keep_secrets
from cloudpanel.provisioning.settling import tell_resource
from cloudpanel.provisioning.wake import ring

LOCK_CONSTRAINT = "job_one_active_per_lock"
CHUNK = 1000
LONGEST_WAIT = timedelta(hours=24)  # of a job whose operation this installation does not know


@dataclass(frozen=True, slots=True)
class NewJob:
    """One of many (:func:`enqueue_many`)."""

    lock_key: str
    params: dict[str, Any] = field(default_factory=dict)
    secret: Any = None


def enqueue(
    *,
    actor: Actor,
    account: Account | None,
    operation: str,
    lock_key: str,
    params: dict[str, Any] | None = None,
    secret: Any = None,
    driver: str | None = None,
    savepoint: bool = True,
) -> Job:
    """Inserts a queued job, in the caller's transaction, and rings the bell after commit.

    ``lock_key`` is ``"<app>.<noun>:<pk>"``; while one job of that key is active a second one raises BusinessError
    (code ``operation_in_progress``). ``secret`` (JSON-able) is encrypted and lives until the job settles.
    ``driver`` is for operations that several drivers carry out; None takes the operation's own. ``savepoint`` False
    spends two statements less; a refusal then ends the caller's whole transaction.
    """
    new = NewJob(lock_key, params or {}, secret)
    return enqueue_many(
        actor=actor, account=account, operation=operation, jobs=[new], driver=driver, savepoint=savepoint
    )[0]


def enqueue_many(
    *,
    actor: Actor,
    account: Account | None,
    operation: str,
    jobs: Iterable[NewJob],
    driver: str | None = None,
    savepoint: bool = True,
) -> list[Job]:
    """The same for many jobs of one kind: one INSERT (for each thousand) and one ring. All or none: BusinessError
    ``operation_in_progress`` when any lock is taken. Gives the jobs in the order of ``jobs``."""
    spec = get_operation(operation)
    news = list(jobs)
    now = timezone.now()
    rows = [
        Job(
            account=account,
            operation=operation,
            driver=spec.driver if driver is None else driver,
            params=new.params,
            lock_key=new.lock_key,
            has_secret=new.secret is not None,
            requested_by=actor.user,
            on_behalf_by=actor.impersonator,
            max_attempts=spec.max_attempts,
            run_after=now,
            deadline_at=now + spec.deadline,
        )
        for new in news
    ]
    secrets = [(job, new.secret) for job, new in zip(rows, news, strict=True) if new.secret is not None]
    with _lock_refusal(savepoint=savepoint):
        Job.objects.bulk_create(rows, batch_size=CHUNK)
        if secrets:
            keep_secrets(secrets)
        if rows:
            transaction.on_commit(lambda: ring(rows[0].pk))
    return rows


def jobs_from(
    *, actor: Actor, account: Account, operation: str, source: str, lock_key: str, params: str, has_secret: str
) -> SetInsert:
    """The same again for jobs born from rows of a table, as a part of the caller's statement (see
    :mod:`cloudpanel.core.set_insert`): ``lock_key``, ``params`` and ``has_secret`` are SQL over ``source``. The caller
    stores the secrets in the same transaction, and rings (:func:`ring_after_commit`)."""
    spec = get_operation(operation)
    now = timezone.now()
    insert = insert_select(
        Job,
        source,
        {
            "public_id": "gen_random_uuid()",
            "account_id": "%(job_account)s",
            "operation": "%(job_operation)s",
            "driver": "%(job_driver)s",
            "params": params,
            "lock_key": lock_key,
            "has_secret": has_secret,
            "requested_by_id": "%(job_requested_by)s",
            "on_behalf_by_id": "%(job_on_behalf_by)s",
            "max_attempts": "%(job_max_attempts)s",
            "run_after": "%(job_now)s",
            "deadline_at": "%(job_deadline)s",
        },
    )
    return SetInsert(
        insert.sql,
        {
            **insert.values,
            "job_account": account.pk,
            "job_operation": operation,
            "job_driver": spec.driver,
            "job_requested_by": actor.user.pk if actor.user else None,
            "job_on_behalf_by": actor.impersonator.pk if actor.impersonator else None,
            "job_max_attempts": spec.max_attempts,
            "job_now": now,
            "job_deadline": now + spec.deadline,
        },
    )


def ring_after_commit(job_id: int) -> None:
    """For jobs that were not made by :func:`enqueue`."""
    transaction.on_commit(lambda: ring(job_id))


def cancel_job(*, actor: Actor, job: Job) -> Job:
    """A job that waits, or failed, is cancelled at once. One that runs is asked to: the call in progress is not torn
    apart, but nothing is tried again after it. BusinessError ``not_cancellable`` when there is nothing to cancel."""
    with transaction.atomic():
        now = timezone.now()
        mine = Job.objects.filter(pk=job.pk)
        if mine.filter(state__in=[JobState.QUEUED, JobState.FAILED]).update(
            state=JobState.CANCELLED, cancel_requested_at=now, finished_at=now
        ):
            job.refresh_from_db()
            JobSecret.objects.filter(job=job).delete()
            _log(actor, job, "cancelled")
            _tell_resource_of_cancel(job)
        elif mine.filter(state=JobState.RUNNING, cancel_requested_at=None).update(cancel_requested_at=now):
            job.refresh_from_db()
            _log(actor, job, "cancel_requested")
        else:
            raise BusinessError(_("Esta operación ya no se puede cancelar."), code="not_cancellable")
    return job


def retry_job(*, actor: Actor, job: Job, secret: Any = None) -> Job:
    """A failed job goes back to the queue with all its attempts and a new deadline. If it was one of a batch, it tells of
    its own next failure.

    BusinessError ``not_failed`` when it is in another state, ``operation_in_progress`` when a newer job holds its lock,
    ``secret_needed`` when its secret is gone and none is given.
    """
    spec = spec_of(job.operation)
    if job.has_secret and secret is None and not (spec is not None and spec.retry_without_secret):
        raise BusinessError(
            _("Esta operación llevaba una contraseña que ya no se conserva. Solicítela de nuevo."), code="secret_needed"
        )
    with transaction.atomic():
        now = timezone.now()
        with _lock_refusal():
            moved = Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
                state=JobState.QUEUED,
                attempts=0,
                run_after=now,
                deadline_at=now + (spec.deadline if spec is not None else LONGEST_WAIT),
                failure="",
                user_message="",
                error_detail="",
                cancel_requested_at=None,
                finished_at=None,
                has_secret=secret is not None,
            )
        if not moved:
            raise BusinessError(_("Solo se puede reintentar una operación fallida."), code="not_failed")
        job.refresh_from_db()
        if job.params.pop(TOLD_TOGETHER, None):
            job.save(update_fields=["params"])
        if secret is not None:
            keep_secrets([(job, secret)])
        _log(actor, job, "retried")
        if spec is not None and spec.retried is not None:
            spec.retried(job)
        transaction.on_commit(lambda: ring(job.pk))
    return job


@transaction.atomic
def resume_driver(*, actor: Actor, health: DriverHealth) -> None:
    """Support knows that the other side is back: the queue goes on, first with one job. BusinessError ``not_paused``."""
    paused = DriverHealth.objects.filter(pk=health.pk, open_until__gt=timezone.now())
    if not paused.update(open_until=None):
        raise BusinessError(_("Este controlador no está en pausa."), code="not_paused")
    log_action(actor=actor, account=None, action="provisioning.driver.resumed", target=health)


def _tell_resource_of_cancel(job: Job) -> None:
    spec = spec_of(job.operation)
    if spec is not None:
        tell_resource(spec.cancelled or spec.failed, job)


def _log(actor: Actor, job: Job, verb: str) -> None:
    log_action(
        actor=actor,
        account=job.account_id,
        action=f"provisioning.job.{verb}",
        target=job,
        target_name=label_of(job, spec_of(job.operation)),
        after={"operation": job.operation, "lock_key": job.lock_key},
    )


@contextmanager
def _lock_refusal(*, savepoint: bool = True) -> Iterator[None]:
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
    except IntegrityError as error:
        if LOCK_CONSTRAINT not in str(error):
            raise
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress") from error
