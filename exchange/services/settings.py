"""*Permisos*, *Reenvío*, *Respuesta automática* and *Protocolos* of one mailbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import AutoReply, DistributionList, Mailbox, MailboxAlias, MailboxGrant, MailDomain
from exchange.services import jobs
from exchange.services.addresses import clean_outside_address
from exchange.services.mailboxes import require_open, require_settled
from marketplace.models import Subscription

MAX_GRANTS = 200
MAX_TEXT = 10_000
MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do with the mailbox of another."""

    is_full: bool = False
    is_send_as: bool = False
    is_send_on_behalf: bool = False

    def __bool__(self) -> bool:
        return self.is_full or self.is_send_as or self.is_send_on_behalf


@dataclass(frozen=True, slots=True)
class ReplyData:
    """What an automatic reply says, to whom and when. Without times it holds from now until it is switched off."""

    is_on: bool
    subject: str = ""
    text: str = ""
    audience: str = AutoReply.Audience.EVERYONE
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def find_mailbox(subscription: Subscription, address: str, *, field: str = "address") -> Mailbox:
    """The mailbox of the subscription that has this address or alias and can use permissions. BusinessError when there
    is none."""
    wanted = address.strip().lower()
    found = Mailbox.objects.filter(subscription=subscription).listed().select_related("last_job")
    row: Mailbox | None = found.filter(address=wanted).first() or found.filter(aliases__address=wanted).first()
    if row is None:
        text = _("No hay un buzón %(address)s en esta suscripción.")
        raise BusinessError(text % {"address": wanted}, field=field)
    if row.kind == Mailbox.Kind.SHARED:
        raise BusinessError(
            _("%(address)s es un buzón compartido: nadie entra a él, así que no puede usar permisos.")
            % {"address": wanted},
            field=field,
        )
    if not row.is_made:
        text = _("%(address)s todavía no está listo. Inténtelo en unos minutos.")
        raise BusinessError(text % {"address": wanted}, field=field)
    return row


@transaction.atomic
def grant(*, actor: Actor, mailbox: Mailbox, grantee: Mailbox, rights: Rights) -> None:
    """Give ``grantee`` exactly these rights, in place of those it had. BusinessError (field "address")."""
    _require_ready(mailbox)
    if not rights:
        raise BusinessError(_("Marque al menos un permiso."))
    if grantee.pk == mailbox.pk:
        raise BusinessError(_("Un buzón no necesita permiso para sí mismo."), field="address")
    others = mailbox.grants.exclude(grantee=grantee)
    if others.count() >= MAX_GRANTS:
        raise BusinessError(_("Un buzón puede dar permisos a 200 personas como máximo."), field="address")
    MailboxGrant.objects.update_or_create(mailbox=mailbox, grantee=grantee, defaults=asdict(rights))
    _apply(actor, mailbox, "permissions")
    _log(actor, mailbox, "granted", after={"grantee": grantee.address, **asdict(rights)})


@transaction.atomic
def revoke(*, actor: Actor, mailbox: Mailbox, grantee: Mailbox) -> None:
    """Take all rights away. Open sessions of the grantee end. A second click finds nothing more to do."""
    _require_ready(mailbox)
    if not MailboxGrant.objects.filter(mailbox=mailbox, grantee=grantee).delete()[0]:
        return
    _apply(actor, mailbox, "permissions")
    _log(actor, mailbox, "revoked", before={"grantee": grantee.address})


def is_own_domain(mailbox: Mailbox, address: str) -> bool:
    """Whether the address is on an active domain of the subscription: mail to it stays in the house."""
    domains = MailDomain.objects.filter(subscription=mailbox.subscription_id, state=MailDomain.State.ACTIVE)
    return bool(domains.filter(name=address.rpartition("@")[2]).exists())


@transaction.atomic
def set_forwarding(
    *, actor: Actor, mailbox: Mailbox, target: str, keeps_copy: bool, confirms_external: bool = False
) -> None:
    """*Reenvío*; an empty target ends it. To the outside only when ``confirms_external``: BusinessError ``external``."""
    _require_ready(mailbox)
    target = clean_outside_address(target, field="target") if target.strip() else ""
    if target:
        _check_target(mailbox, target, confirms_external=confirms_external)
    before = {"forward_to": mailbox.forward_to, "forward_keeps_copy": mailbox.forward_keeps_copy}
    after = {"forward_to": target, "forward_keeps_copy": keeps_copy or not target}
    if before == after:
        return
    Mailbox.objects.filter(pk=mailbox.pk).update(**after)
    _apply(actor, mailbox, "forwarding")
    _log(actor, mailbox, "forwarded" if target else "forwarding_ended", before=before, after=after)


def _check_target(mailbox: Mailbox, target: str, *, confirms_external: bool) -> None:
    if target == mailbox.address or mailbox.aliases.filter(address=target).exists():
        raise BusinessError(_("Es una dirección de este mismo buzón: el correo daría vueltas."), field="target")
    if not is_own_domain(mailbox, target):
        if not confirms_external:
            raise BusinessError(
                _("Esta dirección es de fuera: el correo saldrá de su empresa. Confírmelo abajo para reenviarlo."),
                field="confirms_external",
                code="external",
            )
        return
    row = Mailbox.objects.listed().filter(address=target).first()
    alias = MailboxAlias.objects.filter(address=target).select_related("mailbox").first()
    reached = row or (alias.mailbox if alias else None)
    if reached is None and not DistributionList.objects.filter(address=target).exists():
        raise BusinessError(_("No hay ningún buzón ni lista con esa dirección."), field="target")
    if reached is not None and reached.forward_to == mailbox.address:
        raise BusinessError(_("Ese buzón ya reenvía a este: el correo daría vueltas."), field="target")


@transaction.atomic
def set_auto_reply(*, actor: Actor, mailbox: Mailbox, data: ReplyData) -> None:
    """*Respuesta automática*, on or off. What was written stays when it is switched off."""
    _require_ready(mailbox)
    text = data.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    subject = " ".join(data.subject.split())
    _check_reply(data, subject, text)
    values: dict[str, Any] = {**asdict(data), "subject": subject, "text": text}
    row = AutoReply.objects.filter(mailbox=mailbox).first()
    before = {name: getattr(row, name) for name in values} if row else {"is_on": False}
    if before == values or not (row or data.is_on or text):
        return
    AutoReply.objects.update_or_create(mailbox=mailbox, defaults=values)
    _apply(actor, mailbox, "auto_reply")
    what = "reply_on" if data.is_on else "reply_off"
    _log(actor, mailbox, what, after={**values, "audience": f"audience_{data.audience}"})


def _check_reply(data: ReplyData, subject: str, text: str) -> None:
    if len(subject) > MAX_SUBJECT or not subject.isprintable():
        raise BusinessError(_("El asunto puede tener 200 caracteres imprimibles como máximo."), field="subject")
    if len(text) > MAX_TEXT or "\x00" in text:
        raise BusinessError(_("El texto puede tener 10,000 caracteres como máximo."), field="text")
    if data.is_on and not text.strip():
        raise BusinessError(_("Escriba el texto de la respuesta."), field="text")
    if data.starts_at and data.ends_at and data.starts_at >= data.ends_at:
        raise BusinessError(_("El final debe ser después del principio."), field="ends_at")


@transaction.atomic
def set_protocols(*, actor: Actor, mailbox: Mailbox, allows_imap: bool, allows_pop3: bool, allows_smtp: bool) -> None:
    """How the mailbox may be signed in to. Sessions of a protocol that is switched off end."""
    _require_ready(mailbox)
    after = {"allows_imap": allows_imap, "allows_pop3": allows_pop3, "allows_smtp": allows_smtp}
    before = {name: getattr(mailbox, name) for name in after}
    if before == after:
        return
    Mailbox.objects.filter(pk=mailbox.pk).update(**after)
    _apply(actor, mailbox, "protocols")
    _log(actor, mailbox, "protocols_changed", before=before, after=after)


def _require_ready(mailbox: Mailbox) -> None:
    require_open(mailbox.subscription)
    require_settled(mailbox)


def _apply(actor: Actor, mailbox: Mailbox, part: str) -> None:
    jobs.begin(actor, mailbox, "apply_settings", parts=[part])


def _log(actor: Actor, mailbox: Mailbox, what: str, **change: dict[str, Any]) -> None:
    log_action(actor=actor, account=mailbox.account_id, action=f"exchange.mailbox.{what}", target=mailbox, **change)
