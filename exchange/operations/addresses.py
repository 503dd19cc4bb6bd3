"""Further addresses, and the change of the primary one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import AliasSpec
from exchange.models import MailboxAlias
from exchange.operations.common import actor_of, mail_driver, mailbox_of, nothing_to_move, page_of, spec_of


def _alias_of(run: JobRun) -> MailboxAlias | None:
    return MailboxAlias.objects.select_related("mailbox").filter(public_id=run.params["alias"]).first()


def _ensure(run: JobRun) -> Result:
    alias = _alias_of(run)
    if alias is None:
        raise PermanentError("El alias ya no existe.", "no row")
    spec = AliasSpec(alias.public_id, alias.address, alias.mailbox.public_id)
    return Result(data={"outcome": str(mail_driver().ensure_alias(spec))})


ensure_alias = Operation(
    run=_ensure, succeeded=nothing_to_move, failed=nothing_to_move, driver="mail", label=_("Añadir alias")
)


def _remove(run: JobRun) -> Result:
    alias = _alias_of(run)
    if alias is not None:
        mail_driver().remove_alias(alias.public_id)
    return Result()


def _removed(job: Job) -> None:
    alias = MailboxAlias.objects.select_related("mailbox").filter(public_id=job.params["alias"]).first()
    if alias is None:
        return
    log_action(
        actor=actor_of(job),
        account=alias.account_id,
        action="exchange.mailbox.alias_freed",
        target=alias.mailbox,
        before={"alias": alias.address},
    )
    alias.delete()


remove_alias = Operation(
    run=_remove, succeeded=_removed, failed=nothing_to_move, driver="mail", label=_("Quitar alias")
)


def _rename(run: JobRun) -> Result:
    """The rows already say which address is which: alias and mailbox have changed places.

    With the alias gone (its removal overtook us) only the new address is left to be made, and the old one is freed."""
    mailbox, alias = mailbox_of(run), _alias_of(run)
    if alias is None:
        return Result(data={"outcome": str(mail_driver().ensure_mailbox(spec_of(mailbox)))})
    outcome = mail_driver().rename_mailbox(
        mailbox.public_id, old_address=alias.address, new_address=mailbox.address, alias_id=alias.public_id
    )
    return Result(data={"outcome": str(outcome)})


rename_mailbox = Operation(
    run=_rename,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    driver="mail",
    label=_("Cambiar dirección principal"),
    url=page_of,
)
