"""A new password made by the panel: shown once, to whoever asked for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.crypto import InvalidToken, decrypt, encrypt
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox
from exchange.services import mailboxes
from exchange.services.passwords import generate_password
from exchange.views.mailbox import back_to, mailbox_view


def _place(mailbox: Mailbox) -> str:
    return f"mailbox-password:{mailbox.public_id}"


@mailbox_view
@require_POST
def password_generate(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    """Sets it, and keeps it encrypted in the session until it is shown."""
    password = generate_password()
    try:
        mailboxes.set_password(actor=request.actor, mailbox=mailbox, password=password)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return back_to(mailbox)
    request.session[_place(mailbox)] = encrypt(password).hex()
    return redirect("exchange:password_shown", mailbox.subscription.public_id, mailbox.public_id)


@never_cache
@mailbox_view
@require_safe
def password_shown(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    """Once: a second look finds nothing, because somebody else may be looking."""
    sealed = request.session.pop(_place(mailbox), "")
    try:
        password = str(decrypt(bytes.fromhex(sealed))) if sealed else ""
    except (InvalidToken, ValueError):
        password = ""
    if not password:
        messages.info(request, _("La contraseña generada se muestra una sola vez. Genere otra si la perdió."))
        return back_to(mailbox)
    return render(request, "exchange/password_shown.html", {"mailbox": mailbox, "password": password})
