"""What every page's frame needs. Lazy: pages that do not draw the shell pay nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "membership": getattr(request, "membership", None),
        "account": getattr(request, "account", None),
        "support_email": settings.SUPPORT_EMAIL,
        "local_mode": settings.LOCAL_MODE,
    }
