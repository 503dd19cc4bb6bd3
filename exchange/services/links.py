"""The user chooses the password: a one-use link by e-mail, good for 48 hours.

The token itself exists only in the e-mail: the job that sends it makes it, and the table keeps its SHA-256. A new link
closes the older ones of the same mailbox.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many
from exchange.models import Mailbox, PasswordLink
from exchange.models.drafts import LINK_LIFE, digest_of
from exchange.services import jobs
from exchange.services.passwords import clean_password


def clean_link_email(text: str, address: str, *, field: str = "link_email") -> str:
    """Where the link goes: any address but the mailbox itself, which nobody can read yet."""
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise BusinessError(_("Escriba un correo electrónico válido al que enviar el enlace."), field=field) from None
    if email.lower() == address.lower():
        raise BusinessError(
            _("El enlace debe ir a otro correo: este buzón no se puede leer sin contraseña."), field=field
        )
    return email


def promise_link(mailbox: Mailbox, email: str) -> PasswordLink:
    """A link that is to be sent once the mailbox works (:func:`send_promised_links`)."""
    link = PasswordLink.promised(mailbox, clean_link_email(email, mailbox.address))
    link.save()
    return link


def links_for(mailboxes: Sequence[Mailbox]) -> dict[int, str]:
    """Where a link for each mailbox can go: where its last one went, else its person's own e-mail. Links that are still
    open end. Those for whom there is no address but the mailbox itself are left out."""
    pks = [row.pk for row in mailboxes]
    older = PasswordLink.objects.filter(mailbox__in=pks)
    latest = dict(older.order_by("mailbox", "pk").values_list("mailbox", "email"))
    people = dict(Mailbox.objects.filter(pk__in=pks, user__isnull=False).values_list("pk", "user__email"))
    addresses = {row.pk: row.address for row in mailboxes}
    emails = {pk: email for pk, email in {**people, **latest}.items() if email.lower() != addresses[pk]}
    older.filter(used_at=None, mailbox__in=emails, expires_at__gt=timezone.now()).update(expires_at=timezone.now())
    return emails


def send_promised_links(actor: Actor, mailboxes: list[int]) -> None:
    """For the settling of a creation: these mailboxes work now, so their links go out and their 48 hours begin."""
    waiting = PasswordLink.objects.filter(mailbox__in=mailboxes, sent_at=None, used_at=None, last_job=None)
    by_account: dict[Account, list[PasswordLink]] = {}
    for link in waiting.select_related("mailbox__account").order_by("pk"):
        by_account.setdefault(link.mailbox.account, []).append(link)
    for account, links in by_account.items():
        jobs_of_links = enqueue_many(
            actor=actor,
            account=account,
            operation="exchange.send_password_link",
            jobs=[NewJob(f"exchange.password_link:{link.pk}", {"link": link.pk}) for link in links],
        )
        for link, job in zip(links, jobs_of_links, strict=True):
            link.last_job = job
        PasswordLink.objects.bulk_update(links, ["last_job"], batch_size=500)


@transaction.atomic
def send_link(*, actor: Actor, mailbox: Mailbox, email: str) -> PasswordLink:
    """A new link for an existing mailbox; links that were sent before stop working."""
    mailbox.password_links.filter(used_at=None).update(expires_at=timezone.now())
    link = promise_link(mailbox, email)
    _send(actor, link)
    log_action(
        actor=actor,
        account=mailbox.account_id,
        action="exchange.mailbox.password_link_sent",
        target=mailbox,
        after={"email": link.email},
    )
    return link


def _send(actor: Actor, link: PasswordLink) -> None:
    link.last_job = enqueue(
        actor=actor,
        account=link.mailbox.account,
        operation="exchange.send_password_link",
        lock_key=f"exchange.password_link:{link.pk}",
        params={"link": link.pk},
    )
    link.save(update_fields=["last_job"])


def new_token(link: PasswordLink) -> str:
    """For the e-mail that is about to leave; its 48 hours begin now. One that was made before stops working."""
    token = secrets.token_urlsafe(32)
    link.digest, link.expires_at = digest_of(token), timezone.now() + LINK_LIFE
    link.save(update_fields=["digest", "expires_at"])
    return token


def find_link(token: str) -> PasswordLink | None:
    """The link that ``token`` opens, if it is still good and its mailbox still there."""
    link = (
        PasswordLink.objects.select_related("mailbox__account", "mailbox__mail_domain", "mailbox__last_job")
        .filter(digest=digest_of(token), used_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if link is None or link.mailbox.deleted_at or link.mailbox.state == Mailbox.State.TERMINATED:
        return None
    return link


@transaction.atomic
def choose_password(*, link: PasswordLink, password: str, origin: str) -> Job:
    """Whoever holds the link sets the password, once. The log names the address that the link went to."""
    mailbox = link.mailbox
    password = clean_password(password, mailbox.display_name, mailbox.address)
    now = timezone.now()
    mine = PasswordLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now)
    if not mine.update(used_at=now):
        raise BusinessError(
            _("Este enlace ya se usó o venció. Pida otro a quien administra su correo."), code="link_used"
        )
    actor = Actor(user=None, origin=origin)
    job = jobs.begin(actor, mailbox, "set_password", secret={"password": password})
    log_action(
        actor=actor,
        account=mailbox.account_id,
        action="exchange.mailbox.password_chosen",
        target=mailbox,
        after={"link_sent_to": link.email},
    )
    return job
