"""/correo-local/: what the panel has sent, for whoever tries it out. Routed in local mode only."""

from __future__ import annotations

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cloudpanel.local.mail import LocalMessage, find_message, latest_messages

SHOWN = 100


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    return render(request, "local/mail_list.html", {"sent": latest_messages(SHOWN), "shown": SHOWN})


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
