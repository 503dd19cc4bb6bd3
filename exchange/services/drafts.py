"""What the creation wizard keeps between its steps. The row is made by the first step that has something to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox, MailboxDraft, MailboxTemplate, MailDomain
from exchange.models.drafts import draft_expiry
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.conflicts import conflicts_in_words
from exchange.services.links import clean_link_email
from exchange.services.mailboxes import Wish, build_and_enqueue, clean_display_name, require_free
from exchange.services.passwords import clean_password
from exchange.services.people import require_without_mailbox

FINISHED = "draft_finished"


@dataclass(frozen=True, slots=True)
class DraftData:
    """The data step. An empty ``password`` keeps the one typed before."""

    display_name: str
    local_part: str
    mail_domain: MailDomain
    password_by: str
    password: str = ""
    link_email: str = ""


def choose_mode(*, draft: MailboxDraft, mode: str) -> None:
    """*Nuevo usuario de servicio* or *Usuario de servicio existente*; changing one's mind forgets who was chosen."""
    changes: dict[str, Any] = {"mode": MailboxDraft.Mode(mode)}
    if mode == MailboxDraft.Mode.NEW:
        changes["user"] = None
    _keep(draft, **changes)


def choose_user(*, draft: MailboxDraft, user: User, name: str) -> None:
    """The existing service user; the name is proposed as the mailbox's, where none was typed yet."""
    require_without_mailbox(draft.account, user)
    _keep(draft, mode=MailboxDraft.Mode.EXISTING, user=user, display_name=draft.display_name or name[:120])


def keep_password(*, draft: MailboxDraft, password: str) -> None:
    """A good password outlives a mistake elsewhere in the form."""
    draft.seal_password(password)
    _keep(draft, sealed_password=draft.sealed_password)


def keep_data(*, draft: MailboxDraft, data: DraftData) -> None:
    """The data step is complete. Raises BusinessError with the field that is wrong."""
    name = clean_display_name(data.display_name)
    local_part = clean_local_part(data.local_part)
    address = join_address(local_part, data.mail_domain.name)
    require_free(address)
    changes: dict[str, Any] = {
        "display_name": name,
        "local_part": local_part,
        "mail_domain": data.mail_domain,
        "password_by": MailboxDraft.PasswordBy(data.password_by),
    }
    if data.password_by == MailboxDraft.PasswordBy.LINK:
        changes |= {"link_email": clean_link_email(data.link_email, address), "sealed_password": None}
    else:
        password = clean_password(data.password or draft.password, name, address)
        draft.seal_password(password)
        changes |= {"link_email": "", "sealed_password": draft.sealed_password}
    _keep(draft, **changes)


def choose_template(*, draft: MailboxDraft, template: MailboxTemplate) -> None:
    if template.subscription_id != draft.subscription_id:
        raise BusinessError(_("Elija una plantilla de esta suscripción."), field="template")
    _keep(draft, template=template)


def finish_draft(*, actor: Actor, draft: MailboxDraft) -> None:
    """*Finalizar*: the draft becomes one mailbox, however often and wherever it is clicked.

    ``draft`` needs subscription (with account), domain, template and user loaded. Raises BusinessError with the field it
    belongs to; the draft then keeps everything that was typed.
    """
    if draft.finished_at is not None:
        return
    if not draft.has_data or draft.template is None or draft.mail_domain is None:
        raise BusinessError(_("Faltan datos del buzón."), code="incomplete")
    by_link = draft.password_by == MailboxDraft.PasswordBy.LINK
    wish = Wish(
        display_name=draft.display_name,
        local_part=draft.local_part,
        mail_domain=draft.mail_domain,
        template=draft.template,
        user=draft.user,
        password="" if by_link else draft.password,
        link_email=draft.link_email if by_link else "",
    )
    if draft.mode == MailboxDraft.Mode.EXISTING and draft.user is None:
        raise BusinessError(_("Elija al usuario de servicio."), field="user", code="incomplete")
    with conflicts_in_words(), transaction.atomic():
        if _move(draft, finished_at=timezone.now(), sealed_password=None):
            build_and_enqueue(actor, draft.subscription, wish, draft.mailbox_public_id)


def discard_draft(*, draft: MailboxDraft) -> None:
    """*Cancelar*: what was typed is forgotten."""
    MailboxDraft.objects.filter(pk=draft.pk, finished_at=None).delete()


def forget_expired_drafts() -> int:
    """For the beat: drafts, and the passwords in them, live seven days."""
    return MailboxDraft.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def made_by(draft: MailboxDraft) -> Mailbox | None:
    """The mailbox that a finished draft became."""
    return Mailbox.objects.select_related("last_job").filter(public_id=draft.mailbox_public_id).first()


def _keep(draft: MailboxDraft, **changes: Any) -> None:
    """Inserts or updates; BusinessError ``draft_finished`` when the mailbox is made already."""
    for name, value in changes.items():
        setattr(draft, name, value)
    if draft.pk is None and _insert(draft):
        return
    if not _move(draft, **changes, expires_at=draft_expiry()):
        raise BusinessError(_("Este buzón ya se creó."), code=FINISHED)


def _insert(draft: MailboxDraft) -> bool:
    """False when the same step came twice at once: the row is there then, and is updated."""
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        mine = MailboxDraft.objects.filter(
            public_id=draft.public_id, owner_id=draft.owner_id, subscription_id=draft.subscription_id
        )
        draft.pk = mine.values_list("pk", flat=True).first()
        return False
    return True


def _move(draft: MailboxDraft, **changes: Any) -> bool:
    return bool(MailboxDraft.objects.filter(pk=draft.pk, finished_at=None).update(**changes))
