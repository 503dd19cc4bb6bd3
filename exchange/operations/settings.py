"""What a mailbox is told beyond its data: permissions, forwarding, automatic reply, protocols."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import Access, Audience, Forwarding, MailDriver, Outcome
from exchange.drivers.base import AutoReply as Reply
from exchange.models import AutoReply, Mailbox, MailDomain
from exchange.operations.common import mail_driver, mailbox_of, nothing_to_move, page_of, protocols_of


def grants_of(mailbox: Mailbox) -> dict[UUID, frozenset[Access]]:
    """The rows as the mail system wants them. One whose creation failed is not there yet: its grant waits for it."""
    rows = mailbox.grants.select_related("grantee").exclude(
        grantee__state__in=[Mailbox.State.PENDING, Mailbox.State.TERMINATED]
    )
    kinds = ((Access.FULL, "is_full"), (Access.SEND_AS, "is_send_as"), (Access.SEND_ON_BEHALF, "is_send_on_behalf"))
    return {row.grantee.public_id: frozenset(kind for kind, name in kinds if getattr(row, name)) for row in rows}


def _permissions(driver: MailDriver, mailbox: Mailbox) -> Outcome:
    return driver.set_permissions(mailbox.public_id, grants_of(mailbox))


def _forwarding(driver: MailDriver, mailbox: Mailbox) -> Outcome:
    target = mailbox.forward_to
    wanted = Forwarding(target, keeps_copy=mailbox.forward_keeps_copy) if target else None
    return driver.set_forwarding(mailbox.public_id, wanted)


def _auto_reply(driver: MailDriver, mailbox: Mailbox) -> Outcome:
    row = AutoReply.objects.filter(mailbox=mailbox, is_on=True).first()
    return driver.set_auto_reply(mailbox.public_id, None if row is None else _reply(row, mailbox))


def _reply(row: AutoReply, mailbox: Mailbox) -> Reply:
    domains = MailDomain.objects.filter(subscription=mailbox.subscription_id, state=MailDomain.State.ACTIVE)
    return Reply(
        row.subject,
        row.text,
        Audience(row.audience),
        row.starts_at,
        row.ends_at,
        frozenset(domains.values_list("name", flat=True)),
    )


def _protocols(driver: MailDriver, mailbox: Mailbox) -> Outcome:
    return driver.set_protocols(mailbox.public_id, protocols_of(mailbox))


PARTS: dict[str, Callable[[MailDriver, Mailbox], Outcome]] = {
    "permissions": _permissions,
    "forwarding": _forwarding,
    "auto_reply": _auto_reply,
    "protocols": _protocols,
}


def _apply(run: JobRun) -> Result:
    """Each part as the rows have it now: an older job that comes late writes what is true by then."""
    driver, mailbox = mail_driver(), mailbox_of(run)
    return Result(data={part: str(PARTS[part](driver, mailbox)) for part in run.params["parts"]})


apply_settings = Operation(
    run=_apply,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    driver="mail",
    label=_("Configurar buzón"),
    url=page_of,
)
