"""Further addresses of a mailbox, and which of them is the primary one."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES
from cloudpanel.provisioning.services import enqueue
from exchange.models import Mailbox, MailboxAlias, MailDomain
from exchange.services import jobs
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import require_free, require_open, require_settled, require_whole_address

MAX_ALIASES = 100


def add_alias(*, actor: Actor, mailbox: Mailbox, local_part: str, mail_domain: MailDomain) -> MailboxAlias:
    """A further address that leads to ``mailbox``."""
    with conflicts_in_words(), transaction.atomic():
        require_open(mailbox.subscription)
        require_settled(mailbox)
        if mail_domain.subscription_id != mailbox.subscription_id or mail_domain.state != MailDomain.State.ACTIVE:
            raise BusinessError(_("Elija un dominio activo de esta suscripción."), field="domain")
        if mailbox.aliases.count() >= MAX_ALIASES:
            raise BusinessError(_("Un buzón puede tener 100 alias como máximo."), field="local_part")
        address = join_address(clean_local_part(local_part), mail_domain.name)
        require_free(address)
        alias = MailboxAlias.objects.create(
            account=mailbox.account,
            subscription=mailbox.subscription,
            mailbox=mailbox,
            mail_domain=mail_domain,
            address=address,
        )
        _begin(actor, alias, "ensure_alias")
        _log(actor, mailbox, "alias_added", alias.address)
        return alias


@transaction.atomic
def remove_alias(*, actor: Actor, alias: MailboxAlias) -> None:
    """The row goes when the mail system has let the address go."""
    if alias.last_job and alias.last_job.operation == "exchange.remove_alias" and alias.last_job.is_active:
        return  # the second click of two
    # Both are under way under different locks: the later one would make again what the earlier one took away.
    require_whole_address(
        Mailbox.objects.select_related("last_job").select_for_update(of=("self",)).get(pk=alias.mailbox_id)
    )
    _begin(actor, alias, "remove_alias")
    _log(actor, alias.mailbox, "alias_removed", alias.address)


@transaction.atomic
def retry_alias(*, actor: Actor, alias: MailboxAlias) -> None:
    jobs.retry(actor, alias.last_job)
    _log(actor, alias.mailbox, "alias_retried", alias.address)


@transaction.atomic
def make_primary(*, actor: Actor, mailbox: Mailbox, alias: MailboxAlias) -> None:
    """``alias`` and the present address change places: mail to both goes on arriving, the sign-in name is the new one."""
    require_open(mailbox.subscription)
    require_settled(mailbox)
    if alias.last_job is not None and alias.last_job.state in ACTIVE_STATES:
        raise BusinessError(_("Espere a que el alias esté listo."), code="operation_in_progress")
    box = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    old, old_domain = box.address, box.mail_domain_id
    box.address, box.mail_domain_id = alias.address, alias.mail_domain_id
    box.save(update_fields=["address", "mail_domain"])
    alias.address, alias.mail_domain_id = old, old_domain
    alias.save(update_fields=["address", "mail_domain"])
    jobs.begin(actor, mailbox, "rename_mailbox", alias=str(alias.public_id))
    log_action(
        actor=actor,
        account=mailbox.account_id,
        action="exchange.mailbox.renamed",
        target=mailbox,
        target_name=box.address,
        before={"address": old},
        after={"address": box.address},
    )


def _begin(actor: Actor, alias: MailboxAlias, verb: str) -> None:
    job = enqueue(
        actor=actor,
        account=alias.account,
        operation=f"exchange.{verb}",
        lock_key=f"exchange.alias:{alias.public_id}",
        params={"alias": str(alias.public_id)},
    )
    MailboxAlias.objects.filter(pk=alias.pk).update(last_job=job)
    alias.last_job = job


def _log(actor: Actor, mailbox: Mailbox, what: str, address: str) -> None:
    log_action(
        actor=actor,
        account=mailbox.account_id,
        action=f"exchange.mailbox.{what}",
        target=mailbox,
        after={"alias": address},
    )
