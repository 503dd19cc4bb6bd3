"""Inicio and the pages of the frame itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import account_required
from cloudpanel.help_topics import TOPICS


@account_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


def help_page(request: HttpRequest, topic: str = "") -> HttpResponse:
    """The index, or the page of one screen. Open to everybody: who cannot sign in needs it most."""
    if not topic:
        return render(request, "help/index.html", {"topics": TOPICS})
    if topic not in TOPICS:
        raise Http404
    return render(request, f"help/{topic}.html", {"topics": TOPICS, "topic": topic, "topic_title": TOPICS[topic][0]})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
