"""/correo-local/: what the panel has sent, for whoever tries it out. Routed in local mode only."""

from __future__ import annotations

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from cloudpanel.local.mail import LocalMessage, NotSent, find_message, latest_messages, send_from_outside

SHOWN = 100


class MessageForm(forms.Form):
    """A message from outside to one of the panel's mailboxes."""

    sender = forms.EmailField(label=_("De"), initial="alguien@fuera.example")
    recipient = forms.EmailField(label=_("Para"), help_text=_("Un buzón o una lista de este panel."))
    subject = forms.CharField(label=_("Asunto"), max_length=200, initial=_("Mensaje de prueba"))
    text = forms.CharField(label=_("Texto"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    return _show_list(request, MessageForm())


@require_POST
def mail_send(request: HttpRequest) -> HttpResponse:
    """Delivered at once, so that a forward or an automatic reply appears in the list."""
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _show_list(request, form)
    try:
        send_from_outside(**form.cleaned_data)
    except NotSent:
        form.add_error(None, _("Aquí no hay servidor de correo que lo reciba: instale Dovecot con “make dovecot”."))
        return _show_list(request, form)
    messages.success(request, _("Se entregó. Si el buzón reenvía o responde, lo verá abajo en unos segundos."))
    return redirect("local:mail_list")


def _show_list(request: HttpRequest, form: MessageForm) -> HttpResponse:
    return render(request, "local/mail_list.html", {"sent": latest_messages(SHOWN), "shown": SHOWN, "form": form})


@require_safe
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "local/mail_detail.html", {"message": _message_or_404(name)})


@require_safe
@csp(  # type: ignore[arg-type]  # its stub knows only views without further arguments
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox", "allow-top-navigation-by-user-activation"],
    }
)
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as it was sent: in a sandbox, without scripts, forms or anything from outside."""
    return HttpResponse(_message_or_404(name).html)


def _message_or_404(name: str) -> LocalMessage:
    message = find_message(name)
    if message is None:
        raise Http404
    return message
