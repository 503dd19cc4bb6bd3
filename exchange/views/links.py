"""Where the user of a mailbox chooses its password, by the link of an e-mail, without signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import client_address
from accounts.requests import PanelRequest
from accounts.validators import MINIMUM_SCORE, password_score
from cloudpanel.core.exceptions import BusinessError
from exchange.forms import PasswordForm
from exchange.services.links import choose_password as choose
from exchange.services.links import find_link
from exchange.services.passwords import MAX_LENGTH, MIN_LENGTH
from exchange.views.common import add_refusal
from exchange.views.panel import mail_settings


@never_cache
@sensitive_post_parameters("password")
def choose_password(request: PanelRequest, token: str) -> HttpResponse:
    """A link that was used, replaced or is too old says so, and what to do."""
    link = find_link(token)
    context: dict[str, Any] = {"support_email": settings.SUPPORT_EMAIL}
    if link is None:
        return render(request, "exchange/link_dead.html", context, status=410)
    form = PasswordForm(request.POST or None, words=(link.mailbox.display_name, link.mailbox.address))
    if request.method == "POST" and form.is_valid():
        try:
            choose(link=link, password=form.cleaned_data["password"], origin=client_address(request))
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("exchange:password_chosen")
    return render(request, "exchange/link_password.html", {**context, "mailbox": link.mailbox, "form": form})


@require_safe
def password_chosen(request: PanelRequest) -> HttpResponse:
    return render(request, "exchange/link_done.html", {"mail": mail_settings()})


WORDS = (_("Muy débil"), _("Débil"), _("Regular"), _("Buena"), _("Muy buena"))


@never_cache
@require_POST
@sensitive_post_parameters("password")
def password_strength(request: PanelRequest) -> HttpResponse:
    """A word for what is being typed, by the same measure as the rule. Nothing is stored."""
    password = request.POST.get("password", "")[:MAX_LENGTH]
    score = password_score(password, request.POST.get("display_name", ""), request.POST.get("local_part", ""))
    is_good = score >= MINIMUM_SCORE and len(password) >= MIN_LENGTH
    context = {"word": WORDS[score] if password else "", "score": score, "is_good": is_good}
    return render(request, "exchange/_password_strength.html", context)
