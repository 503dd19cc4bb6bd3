"""One view, one context; the template is chosen by who asks (django-htmx's pattern)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_page_or_fragment(request: HttpRequest, page: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """The fragment for HTMX (not for its history restore or boosted links), the whole page otherwise."""
    htmx = request.htmx  # type: ignore[attr-defined]
    wants_fragment = htmx and not htmx.boosted and not htmx.history_restore_request
    response = render(request, fragment if wants_fragment else page, context)
    response["Vary"] = "HX-Request"
    return response
