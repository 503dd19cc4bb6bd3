"""What the marketplace calls when an Exchange subscription begins, changes and ends (marketplace.lifecycle)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actors import Actor
from accounts.models import Account, Membership, User
from cloudpanel.provisioning.operations import Result
from exchange.drivers.base import DomainSpec
from exchange.models import Mailbox, MailboxDraft, MailboxGrant, MailboxImport, MailboxTemplate, MailDomain
from exchange.operations.common import mail_driver
from exchange.services.belongings import describe_belongings, give_mailboxes, own_mailboxes, remove_mailboxes
from exchange.services.capacity import MAILBOXES, STORAGE_GB
from exchange.services.templates import default_quota_mb
from marketplace.lifecycle import ResourceWords
from marketplace.models import Subscription
from users.belongings import Belonging, OwnService

SLUG_LENGTH = 30
SHORT_LENGTH = 6
PURGE_CHUNK = 1000


class ExchangeLifecycle:
    """One stateless instance for all subscriptions of kind ``exchange``."""

    label = _("Exchange Administrado")
    description = _("Correo de su empresa: buzones, alias, dominios y plantillas.")
    icon = "mail"
    driver = "mail"
    resources: Mapping[str, ResourceWords] = {
        MAILBOXES: ResourceWords(_("Buzones"), ngettext_lazy("%(count)s buzón", "%(count)s buzones", "count")),
        STORAGE_GB: ResourceWords(
            _("Espacio para correo"), ngettext_lazy("%(count)s GB de espacio", "%(count)s GB de espacio", "count"), "GB"
        ),
    }

    def prepare(self, subscription: Subscription, *, actor: Actor) -> None:
        """The domain that works at once, and the template that the first mailbox gets."""
        MailDomain.objects.create(
            account=subscription.account, subscription=subscription, name=default_name(subscription), is_default=True
        )
        MailboxTemplate.objects.create(
            account=subscription.account,
            subscription=subscription,
            name=str(_("Estándar")),
            quota_mb=default_quota_mb(subscription.plan.resources),
            is_default=True,
        )

    def activate(self, subscription: Subscription) -> Result:
        for domain in subscription.mail_domains.filter(is_default=True).exclude(state=MailDomain.State.TERMINATED):
            mail_driver().ensure_domain(_spec_of(subscription, domain))
        return Result()

    def activated(self, subscription: Subscription) -> None:
        pending = subscription.mail_domains.filter(is_default=True, state=MailDomain.State.PENDING)
        pending.update(state=MailDomain.State.ACTIVE)

    def change(self, subscription: Subscription, included: Mapping[str, int]) -> Result:
        """The limits of a plan live in the panel; the mail system knows only those of each mailbox."""
        return Result()

    def changed(self, subscription: Subscription) -> None:
        """``subscription.resources`` is all there is to it."""

    def suspend(self, subscription: Subscription) -> Result:
        return self._switch(subscription, is_enabled=False)

    def resume(self, subscription: Subscription) -> Result:
        return self._switch(subscription, is_enabled=True)

    def terminate(self, subscription: Subscription) -> Result:
        """Mail and addresses go for ever, then the domains."""
        driver = mail_driver()
        for public_ids in _chunks_of(subscription):
            driver.purge_mailboxes(public_ids)
        for public_id in subscription.distribution_lists.values_list("public_id", flat=True):
            driver.remove_list(public_id)
        for public_id in subscription.external_contacts.values_list("public_id", flat=True):
            driver.remove_contact(public_id)
        for domain in subscription.mail_domains.all():
            driver.remove_domain(domain.public_id)
        return Result()

    def terminated(self, subscription: Subscription) -> None:
        mailboxes = subscription.mailboxes.exclude(state=Mailbox.State.TERMINATED)
        mailboxes.update(state=Mailbox.State.TERMINATED, deleted_at=timezone.now(), last_job=None)
        subscription.mailbox_aliases.all().delete()
        MailboxGrant.objects.filter(mailbox__subscription=subscription).delete()
        subscription.distribution_lists.all().delete()
        subscription.external_contacts.all().delete()
        subscription.mail_domains.update(state=MailDomain.State.TERMINATED)
        subscription.resources.update(used=0)
        MailboxDraft.objects.filter(subscription=subscription).delete()
        MailboxImport.objects.filter(subscription=subscription, finalized_at=None).delete()

    def panel_url(self, subscription: Subscription) -> str:
        return reverse("exchange:panel", args=[subscription.public_id])

    # What belongs to people (users.belongings.OwnsThings).
    def belongings_of(self, *, account: Account, user_ids: Collection[int]) -> list[Belonging]:
        return describe_belongings(account, user_ids)

    def give_belongings(self, *, actor: Actor, account: Account, user_ids: Collection[int], to: User | None) -> int:
        return give_mailboxes(actor=actor, account=account, user_ids=user_ids, to=to)

    def remove_belongings(self, *, actor: Actor, account: Account, user_ids: Collection[int]) -> int:
        return remove_mailboxes(actor=actor, account=account, user_ids=user_ids)

    def own_services(self, *, membership: Membership) -> list[OwnService]:
        return own_mailboxes(membership)

    def _switch(self, subscription: Subscription, *, is_enabled: bool) -> Result:
        """On a domain that is off nobody can sign in, whatever the mailbox's own state; mail goes on arriving."""
        for domain in subscription.mail_domains.filter(state=MailDomain.State.ACTIVE):
            mail_driver().ensure_domain(_spec_of(subscription, domain, is_enabled=is_enabled))
        return Result()


def _spec_of(subscription: Subscription, domain: MailDomain, *, is_enabled: bool = True) -> DomainSpec:
    return DomainSpec(domain.public_id, domain.name, is_enabled=is_enabled, tenant_id=subscription.public_id)


def default_name(subscription: Subscription) -> str:
    """``empresa-demo-3f9a2c.correo.panel.example``: the company's name and enough of the id to be nobody else's."""
    company = slugify(subscription.account.legal_name)[:SLUG_LENGTH].strip("-") or "cliente"
    return f"{company.replace('_', '-')}-{subscription.public_id.hex[:SHORT_LENGTH]}.{settings.MAIL_DEFAULT_DOMAIN}"


def _chunks_of(subscription: Subscription) -> Iterator[Sequence[UUID]]:
    last = 0
    while True:
        rows = subscription.mailboxes.filter(pk__gt=last).order_by("pk").values_list("pk", "public_id")
        chunk = list(rows[:PURGE_CHUNK])
        if not chunk:
            return
        yield [public_id for _pk, public_id in chunk]
        last = chunk[-1][0]
