"""Jobs are born here, in the transaction of the change that they carry out."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.crypto import encrypt
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobSecret
from cloudpanel.provisioning.operations import get_operation
from cloudpanel.provisioning.wake import ring


def enqueue(
    *,
    actor: Actor,
    account: Account | None,
    operation: str,
    lock_key: str,
    params: dict[str, Any] | None = None,
    secret: Any = None,
    driver: str | None = None,
) -> Job:
    """Inserts a queued job, in the caller's transaction, and rings the bell after commit.

    ``lock_key`` is ``"<app>.<noun>:<pk>"``; while one job of that key is active a second one raises BusinessError
    (code ``operation_in_progress``). ``secret`` (JSON-able) is encrypted and lives until the job settles.
    ``driver`` is for operations that several drivers carry out; None takes the operation's own.
    """
    spec = get_operation(operation)
    try:
        with transaction.atomic():
            job = Job.objects.create(
                account=account,
                operation=operation,
                driver=spec.driver if driver is None else driver,
                params=params or {},
                lock_key=lock_key,
                requested_by=actor.user,
                on_behalf_by=actor.impersonator,
                max_attempts=spec.max_attempts,
                deadline_at=timezone.now() + spec.deadline,
            )
            if secret is not None:
                JobSecret.objects.create(job=job, payload=encrypt(secret))
    except IntegrityError as error:
        if "job_one_active_per_lock" not in str(error):
            raise
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress") from error
    transaction.on_commit(lambda: ring(job.pk))
    return job
