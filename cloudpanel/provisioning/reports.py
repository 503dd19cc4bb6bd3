"""What people read about a settled job: the action log's line, and a notification when it failed for good."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.action_log import build_entry
from accounts.actors import Actor
from accounts.mail_models import OutgoingEmail
from accounts.models import ActionLogEntry, Notification, User
from accounts.notifications import administrators_of, notify
from cloudpanel.provisioning.emails import MAIL_SERVER
from cloudpanel.provisioning.models import TOLD_TOGETHER, DriverHealth, Failure, Job, JobState
from cloudpanel.provisioning.operations import Operation

logger = logging.getLogger(__name__)
ORIGIN = "trabajador"
REPEATED_WITHIN = timedelta(hours=1)
MOST_DETAIL = 1_000  # characters of an error in an e-mail


def outcome_lines(jobs: Sequence[Job], spec: Operation | None, state: JobState) -> list[ActionLogEntry]:
    """One line of the action log for each job that settles, in the name of whoever asked for it."""
    people = _people(jobs)
    return [
        build_entry(
            actor=Actor(
                user=people.get(job.requested_by_id or 0),
                impersonator=people.get(job.on_behalf_by_id or 0),
                origin=ORIGIN,
            ),
            account=job.account_id,
            action=f"provisioning.job.{state}",
            target=job,
            target_name=label_of(job, spec),
            after={"operation": job.operation, "lock_key": job.lock_key}
            | ({"failure": job.failure} if job.failure else {}),
        )
        for job in jobs
    ]


def _people(jobs: Sequence[Job]) -> dict[int, User]:
    """By id, with name and e-mail only. A claimed job brings them along (see ``claims.CLAIM``)."""
    known: dict[int, User] = {}
    unknown: set[int] = set()
    for job in jobs:
        for pk, whose in ((job.requested_by_id, "requester"), (job.on_behalf_by_id, "support")):
            if pk is None:
                continue
            email = getattr(job, f"{whose}_email", None)
            if email is None:
                unknown.add(pk)
            else:
                known[pk] = User(pk=pk, name=getattr(job, f"{whose}_name"), email=email)
    return known | (User.objects.only("name", "email").in_bulk(unknown) if unknown else {})


def tell_people(job: Job, spec: Operation | None) -> None:
    """The one who asked, or the administrators when it was the panel itself. Many failures of one kind within the hour
    make one notification, not hundreds, and those of a batch none of their own."""
    if job.account_id is None or TOLD_TOGETHER in job.params:
        return
    asked = User.objects.filter(pk=job.requested_by_id, is_active=True).first() if job.requested_by_id else None
    with translation.override(None if asked is None else asked.language):
        title = _("Requiere atención: %(what)s") % {"what": label_of(job, spec)}
    recent = Notification.objects.filter(
        account=job.account_id, title=title[:200], read_at=None, created_at__gt=timezone.now() - REPEATED_WITHIN
    )
    told = set(recent.values_list("user_id", flat=True))
    notify(
        account=job.account_id,
        users=[user for user in ([asked] if asked else administrators_of(job.account_id)) if user.pk not in told],
        title=title,
        body=job.user_message,
        url=_address(job, spec),
        level=Notification.Level.DANGER,
    )


def tell_staff(job: Job, spec: Operation | None) -> None:
    """Only support can mend a configuration: the first such failure of a driver in an hour reaches them by e-mail. One
    of the mail server itself could not, and waits in the admin."""
    if job.failure != Failure.CONFIGURATION or job.driver == MAIL_SERVER:
        return
    now = timezone.now()
    due = Q(staff_told_at__isnull=True) | Q(staff_told_at__lt=now - REPEATED_WITHIN)
    if not DriverHealth.objects.filter(due, pk=job.driver).update(staff_told_at=now):
        return
    params = {
        "driver": job.driver or job.operation,
        "operation": label_of(job, spec),
        "detail": job.error_detail[:MOST_DETAIL],
        "url": reverse("admin:provisioning_job_change", args=[job.pk]),
    }
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(kind=OutgoingEmail.Kind.MISCONFIGURED, user=person, address=person.email, params=params)
        for person in _staff()
    )


def _staff() -> QuerySet[User]:
    """Who may retry a job in the admin."""
    able = ModelBackend().with_perm("provisioning.change_job")
    return User.objects.filter(pk__in=able.values("pk"), is_staff=True)


def _address(job: Job, spec: Operation | None) -> str:
    """Where the notification leads. One without a link is better than a job that cannot be settled."""
    if spec is None or spec.url is None:
        return ""
    try:
        with transaction.atomic():
            return spec.url(job)
    except Exception:
        logger.exception("The address for job %s (%s) could not be told", job.pk, job.operation)
        return ""


def label_of(job: Job, spec: Operation | None) -> str:
    return str(spec.label) if spec is not None and spec.label else job.operation
