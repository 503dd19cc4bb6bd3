"""Inicio and the pages of the frame itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import account_required
from accounts.stash import page_of, stash_post
from cloudpanel.help_topics import TOPICS
from cloudpanel.home import Overview
from cloudpanel.navigation import navigation_of


@account_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"overview": Overview(request.membership, navigation_of(request))})


def help_page(request: HttpRequest, topic: str = "") -> HttpResponse:
    """The index, or the page of one screen. Open to everybody: who cannot sign in needs it most."""
    if not topic:
        return render(request, "help/index.html", {"topics": TOPICS})
    if topic not in TOPICS:
        raise Http404
    return render(request, f"help/{topic}.html", {"topics": TOPICS, "topic": topic, "topic_title": TOPICS[topic][0]})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that was open before signing in again (in another tab, say) comes with an old token: the person finds
    what they typed in a fresh one. Only for what the browser vouches to come from our own pages."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin" and stash_post(request):
        messages.info(
            request, _("La página ya no estaba vigente. Sus datos están a salvo: revíselos y envíelos otra vez.")
        )
        return redirect(page_of(request))
    return render(request, "403_csrf.html", status=403)
