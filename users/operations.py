"""Activation e-mails leave through jobs: a mail server that is down costs time, never an invitation."""

from __future__ import annotations

from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.emails import deliver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from users.emails import activation_email
from users.models import Activation
from users.recovery import recovery_email
from users.services.activation import mark_sent, new_link


def _send(run: JobRun, *, template: str) -> Result:
    """Makes a link of its own for this e-mail and sends it. Somebody who came in meanwhile is left alone."""
    activation = (
        Activation.objects.open()
        .select_related("membership__user", "membership__account", "requested_by")
        .filter(pk=run.params["activation_id"], membership__is_active=True)
        .first()
    )
    if activation is None:
        return Result(data={"skipped": True})
    deliver(activation_email(activation, token=new_link(activation), template=template))
    return Result()


def _send_activation(run: JobRun) -> Result:
    return _send(run, template="activation")


def _send_reminder(run: JobRun) -> Result:
    return _send(run, template="reminder")


def _nothing(job: Job) -> None:
    """What became of the e-mail is read from the job itself (``Activation.last_job``)."""


def _url(job: Job) -> str:
    """The person's page, where the administrator corrects the address or sends it again."""
    activation = Activation.objects.select_related("membership").filter(pk=job.params["activation_id"]).first()
    return f"/usuarios/{activation.membership.public_id}/" if activation and activation.membership else "/usuarios/"


send_activation = Operation(
    run=_send_activation,
    succeeded=mark_sent,
    failed=_nothing,
    label=_("Enviar correo de activación"),
    driver="smtp",
    url=_url,
    max_attempts=100,
    deadline=timedelta(hours=48),
)

send_reminder = Operation(
    run=_send_reminder,
    succeeded=_nothing,
    failed=_nothing,
    label=_("Recordar la activación"),
    driver="smtp",
    url=_url,
    max_attempts=20,
    deadline=timedelta(hours=10),
)


def _send_recovery(run: JobRun) -> Result:
    """The link is made at the last moment: it lives from when it leaves."""
    message = recovery_email(run.secret["email"])
    if message is not None:
        deliver(message)
    return Result()


def _send_message(run: JobRun) -> Result:
    words = run.secret
    message = EmailMultiAlternatives(words["subject"], words["body"], to=[words["to"]])
    if words["html"]:
        message.attach_alternative(words["html"], "text/html")
    deliver(message)
    return Result()


send_recovery = Operation(
    run=_send_recovery,
    succeeded=_nothing,
    failed=_nothing,
    label=_("Enviar correo de recuperación"),
    driver="smtp",
    max_attempts=20,
    deadline=timedelta(hours=1),
)

send_message = Operation(
    run=_send_message,
    succeeded=_nothing,
    failed=_nothing,
    label=_("Enviar aviso de seguridad"),
    driver="smtp",
    max_attempts=50,
    deadline=timedelta(hours=24),
)
