"""The e-mail by which a user chooses the password of a mailbox."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.emails import deliver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.emails import password_link_email
from exchange.models import Mailbox, PasswordLink
from exchange.operations.common import nothing_to_move
from exchange.services.links import new_token


def _send(run: JobRun) -> Result:
    """Makes the token for this e-mail and sends it. A link that was used, replaced or lost its mailbox is not sent."""
    links = PasswordLink.objects.select_related("mailbox__account", "mailbox__user")
    link = links.filter(pk=run.params["link"], used_at=None, expires_at__gt=timezone.now()).first()
    if link is None or link.mailbox.deleted_at or link.mailbox.state == Mailbox.State.TERMINATED:
        return Result(data={"skipped": True})
    deliver(password_link_email(link, token=new_token(link)))
    return Result()


def _sent(job: Job) -> None:
    PasswordLink.objects.filter(pk=job.params["link"]).update(sent_at=timezone.now())


def _page(job: Job) -> str:
    link = PasswordLink.objects.select_related("mailbox__subscription").filter(pk=job.params["link"]).first()
    if link is None:
        return ""
    return reverse("exchange:mailbox", args=[link.mailbox.subscription.public_id, link.mailbox.public_id])


send_password_link = Operation(
    run=_send,
    succeeded=_sent,
    failed=nothing_to_move,
    driver="smtp",
    label=_("Enviar enlace para elegir contraseña"),
    url=_page,
    max_attempts=100,
    deadline=timedelta(hours=40),
)
