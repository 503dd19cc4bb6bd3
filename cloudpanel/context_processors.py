"""The frame's menu. Costs nothing where it is not drawn."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cloudpanel.navigation import navigation_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {"navigation": navigation_of(request)}
