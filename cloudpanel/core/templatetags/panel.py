"""Filters and tags that every template has without loading them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from cloudpanel.core.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str = "MXN") -> str:
    """``1234.5`` → ``$1,234.50 MXN`` (es-MX)."""
    return "" if amount is None else format_money(amount, currency)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def device_name(user_agent: str) -> str:
    """``Firefox en Windows``; a guess from what the browser says of itself."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if browser and system:
        return _("%(browser)s en %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Otro dispositivo")


@register.filter
def device_icon(user_agent: str) -> str:
    return "device-mobile" if any(sign in user_agent for sign in ("iPhone", "Android", "Mobile")) else "device-desktop"


@register.filter
def iso(moment: datetime) -> str:
    """For the ``datetime`` attribute of ``<time>``, which takes no microseconds."""
    return moment.isoformat(timespec="seconds")
