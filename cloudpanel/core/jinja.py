"""The lean environment for row-heavy tables: no request, no translation of whole pages, autoescape on."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext, ngettext
from jinja2 import Environment

from cloudpanel.core.components import badge, icon


def environment(**options: Any) -> Environment:
    env = Environment(**options, extensions=["jinja2.ext.i18n"])  # noqa: S701 - Django's back end sets autoescape
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals |= {"static": static, "icon": icon, "badge": badge}
    return env
