"""The smallest pieces of the interface, cheap enough for rows: icons and status badges."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

FALLBACK_ICON = "box"
# What a state means to the reader → its icon and its colour. The word comes from the caller.
TONES = {
    "success": ("circle-check", "green"),
    "progress": ("loader-2", "blue"),
    "waiting": ("clock", "yellow"),
    "warning": ("alert-triangle", "orange"),
    "danger": ("alert-circle", "red"),
    "muted": ("circle-minus", "secondary"),
}


@cache
def icon_shapes() -> dict[str, str]:
    shapes: dict[str, str] = json.loads((Path(__file__).parent / "icons.json").read_text())
    return shapes


@cache
def icon(name: str, css: str = "") -> SafeString:
    """An inline <svg> that assistive technology skips: the word stands beside it. Unknown names give a box."""
    shapes = icon_shapes()
    shape = shapes.get(name) or shapes[FALLBACK_ICON]
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f" {css}" if css else "",
        mark_safe(shape),  # noqa: S308 - from our own file
    )


@cache
def _badge_frame(tone: str) -> tuple[str, str]:
    name, colour = TONES[tone]
    return f'<span class="status status-{colour}">{icon(name)}', "</span>"


def badge(tone: str, label: object) -> SafeString:
    """A state as colour, icon and word. ``tone`` is a key of :data:`TONES`; KeyError for anything else."""
    opening, closing = _badge_frame(tone)
    return mark_safe(f"{opening}{conditional_escape(str(label))}{closing}")  # noqa: S308 - label is escaped
