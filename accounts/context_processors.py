"""What every page's frame needs of the person; middleware has fetched it already."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.themes import current_theme


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "membership": getattr(request, "membership", None),
        "account": getattr(request, "account", None),
        "theme": current_theme(request),
        "panel_name": settings.PANEL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "version": settings.VERSION,
        "local_mode": settings.LOCAL_MODE,
    }
