"""``{% icon "mail" %}`` and ``{% badge "success" state.label %}``: available in every template."""

from __future__ import annotations

from django import template

from cloudpanel.core import components

register = template.Library()
register.simple_tag(components.icon, name="icon")
register.simple_tag(components.badge, name="badge")
