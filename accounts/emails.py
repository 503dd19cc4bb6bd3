"""What the panel's own e-mails say, in the language of the person who gets them and in the words of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import EmailChange, Membership, OutgoingEmail, User
from accounts.person_models import CONFIRM_WITHIN, REVERT_WITHIN

CONFIRM_SALT, REVERT_SALT = "accounts.email_change.confirm", "accounts.email_change.revert"
STAFF_SALT, STAFF_LINK_LIFE = "accounts.staff.activate", timedelta(hours=48)
MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One notification among several in an e-mail."""

    title: str
    body: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail before it is laid out (templates/emails/accounts/letter.*)."""

    subject: str
    paragraphs: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    link: str = ""
    label: str = ""
    closing: list[str] = field(default_factory=list)


def build_email(emails: Sequence[OutgoingEmail]) -> EmailMultiAlternatives | None:
    """One message out of one row, or out of several notifications of one person in one account. None when there is
    nothing left to say: the person may not come in any more, or what it was about has passed."""
    first = emails[0]
    user, member = first.user, _membership(first)
    if not user.is_active or (first.account_id and member is None):
        return None
    zone = member.account.time_zone if member else timezone.get_default_timezone_name()
    with translation.override(user.language), timezone.override(zone):
        letter = _LETTERS[OutgoingEmail.Kind(first.kind)](emails)
        return _laid_out(letter, first, member) if letter else None


def confirm_link(change: EmailChange) -> str:
    token = signing.dumps(str(change.public_id), salt=CONFIRM_SALT)
    return settings.PUBLIC_URL + reverse("accounts:email_confirm", args=[token])


def revert_link(change: EmailChange) -> str:
    token = signing.dumps(str(change.public_id), salt=REVERT_SALT)
    return settings.PUBLIC_URL + reverse("accounts:email_revert", args=[token])


def staff_link(user: User) -> str:
    """Works until the person has come in, for 48 hours from when the e-mail leaves."""
    token = signing.dumps(str(user.public_id), salt=STAFF_SALT)
    return f"{settings.PUBLIC_URL}/activar/soporte/{token}/"


def _membership(email: OutgoingEmail) -> Membership | None:
    return (
        Membership.objects.in_force()
        .select_related("account", "user")
        .filter(user=email.user_id, account=email.account_id)
        .first()
    )


def _laid_out(letter: Letter, first: OutgoingEmail, member: Membership | None) -> EmailMultiAlternatives:
    to = first.address or (member.contact_email if member else first.user.contact_email)
    context = {
        "letter": letter,
        "user": first.user,
        "panel_name": settings.PANEL_NAME,
        "panel_url": settings.PUBLIC_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "preferences_link": settings.PUBLIC_URL + reverse("accounts:preferences")
        if first.kind == OutgoingEmail.Kind.NOTIFICATION
        else "",
    }
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = EmailMultiAlternatives(
        subject=" ".join(letter.subject.split())[:200],
        body=render_to_string("emails/accounts/letter.txt", context),
        to=[to],
        # The same row sent twice (a worker died between sending and noting it) is the same message to a mail program.
        headers={"Message-ID": f"<panel-{first.pk}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("emails/accounts/letter.html", context), "text/html")
    return message


def _notifications(emails: Sequence[OutgoingEmail]) -> Letter:
    items = [_item(email.params) for email in emails]
    if len(items) == 1:
        [item] = items
        body = [item.body] if item.body else []
        return Letter(item.title, [item.title, *body], link=item.url, label=_("Ver en el panel"))
    count = len(items)
    subject = ngettext("%(n)s notificación", "%(n)s notificaciones", count) % {"n": count}
    more = [_("Y %(n)s más en el panel.") % {"n": count - MOST_ITEMS}] if count > MOST_ITEMS else []
    link = settings.PUBLIC_URL + reverse("accounts:notifications")
    return Letter(subject, [], items[:MOST_ITEMS], link, _("Ver todas en el panel"), more)


def _item(params: dict[str, Any]) -> Item:
    url = params.get("url", "")
    return Item(params["title"], params.get("body", ""), settings.PUBLIC_URL + url if url.startswith("/") else url)


def _confirm(emails: Sequence[OutgoingEmail]) -> Letter | None:
    change = EmailChange.objects.filter(pk=emails[0].params["change"]).first()
    if change is None or not change.is_open:
        return None
    return Letter(
        _("Confirme su correo nuevo"),
        [
            _("Pidió ingresar al panel con esta dirección: %(new)s.") % {"new": change.new_email},
            _("Confírmelo antes del %(until)s.") % {"until": _when(change.created_at + CONFIRM_WITHIN)},
        ],
        link=confirm_link(change),
        label=_("Confirmar este correo"),
        closing=[_("Si no fue usted, no haga nada: sin su confirmación no cambia nada.")],
    )


def _notice(emails: Sequence[OutgoingEmail]) -> Letter | None:
    change = EmailChange.objects.filter(pk=emails[0].params["change"]).first()
    if change is None or not change.may_be_reverted:
        return None
    addresses = {"old": change.old_email, "new": change.new_email}
    if change.state == EmailChange.State.REQUESTED:
        return Letter(
            _("Se pidió cambiar su correo de acceso"),
            [_("Alguien que ingresó con su usuario pidió cambiar el correo %(old)s por %(new)s.") % addresses],
            link=revert_link(change),
            label=_("Impedir el cambio"),
            closing=[_("Si fue usted, no tiene que hacer nada.")],
        )
    assert change.confirmed_at is not None
    until = _when(change.confirmed_at + REVERT_WITHIN)
    return Letter(
        _("Cambió su correo de acceso"),
        [
            _("Ahora se ingresa al panel con %(new)s, ya no con %(old)s.") % addresses,
            _("Si no fue usted, deshágalo antes del %(until)s; se cerrarán todas las sesiones.") % {"until": until},
        ],
        link=revert_link(change),
        label=_("Deshacer el cambio"),
        closing=[_("Si fue usted, no tiene que hacer nada.")],
    )


def _taken(emails: Sequence[OutgoingEmail]) -> Letter:
    return Letter(
        _("Su correo ya tiene acceso al panel"),
        [
            _("Alguien intentó usar %(email)s como correo nuevo de otro usuario.") % {"email": emails[0].address},
            _("Usted ya ingresa al panel con esta dirección, así que no cambió nada."),
        ],
        link=settings.PUBLIC_URL + reverse("account_login"),
        label=_("Ingresar"),
    )


def _factor_reset(emails: Sequence[OutgoingEmail]) -> Letter:
    return Letter(
        _("Soporte quitó su segundo factor"),
        [
            _("Ya puede ingresar solo con su contraseña. Cerramos todas sus sesiones."),
            _("Configure un segundo factor nuevo en cuanto ingrese."),
        ],
        link=settings.PUBLIC_URL + reverse("account_login"),
        label=_("Ingresar"),
        closing=[_("Si usted no lo solicitó, escriba a %(email)s ahora mismo.") % {"email": settings.SUPPORT_EMAIL}],
    )


def _staff_invited(emails: Sequence[OutgoingEmail]) -> Letter | None:
    user = emails[0].user
    if user.activated_at or not user.is_staff:
        return None
    return Letter(
        _("Active su acceso de soporte a %(panel)s") % {"panel": settings.PANEL_NAME},
        [_("Lo agregaron al personal de soporte. Elija su contraseña con este enlace, que sirve 48 horas.")],
        link=staff_link(user),
        label=_("Activar mi acceso"),
        closing=[_("Si no lo esperaba, no haga nada.")],
    )


def _misconfigured(emails: Sequence[OutgoingEmail]) -> Letter:
    """For support staff."""
    params = emails[0].params
    return Letter(
        _("Falta configurar: %(driver)s") % params,
        [
            _("La operación %(operation)s falló porque algo está mal configurado de nuestro lado.") % params,
            params["detail"],
            _("Corríjalo y reintente las operaciones que fallaron. Este aviso llega una vez por hora y controlador."),
        ],
        link=settings.PUBLIC_URL + params["url"],
        label=_("Ver la operación"),
    )


def _disputed(emails: Sequence[OutgoingEmail]) -> Letter:
    """For support staff."""
    params = emails[0].params
    return Letter(
        _("Contracargo de %(account)s: %(amount)s") % params,
        [
            _("El titular de la tarjeta desconoció el pago %(payment)s ante su banco.") % params,
            _("Estado: %(state)s. Motivo según el banco: %(reason)s.") % params,
            _("Responda en la pasarela antes de la fecha límite que ahí se indica."),
        ],
        link=settings.PUBLIC_URL + params["url"],
        label=_("Ver el contracargo"),
    )


def _when(moment: Any) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


_LETTERS: dict[OutgoingEmail.Kind, Callable[[Sequence[OutgoingEmail]], Letter | None]] = {
    OutgoingEmail.Kind.NOTIFICATION: _notifications,
    OutgoingEmail.Kind.EMAIL_CHANGE_CONFIRM: _confirm,
    OutgoingEmail.Kind.EMAIL_CHANGE_NOTICE: _notice,
    OutgoingEmail.Kind.EMAIL_TAKEN: _taken,
    OutgoingEmail.Kind.SECOND_FACTOR_RESET: _factor_reset,
    OutgoingEmail.Kind.STAFF_INVITED: _staff_invited,
    OutgoingEmail.Kind.MISCONFIGURED: _misconfigured,
    OutgoingEmail.Kind.DISPUTED: _disputed,
}
