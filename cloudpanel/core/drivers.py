"""Loads what settings name by dotted path: drivers (``DRIVERS``) and service lifecycles (``SERVICE_LIFECYCLES``)."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string


@cache
def get_driver(name: str) -> Any:
    """The driver that ``settings.DRIVERS[name]`` describes, one instance per process."""
    entry: dict[str, Any] = settings.DRIVERS[name]
    return import_string(entry["class"])(**entry.get("options", {}))


@cache
def get_lifecycle(kind: str) -> Any:
    """The lifecycle of a kind of service; KeyError when no app brings that kind."""
    return import_string(settings.SERVICE_LIFECYCLES[kind])()


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "DRIVERS":
        get_driver.cache_clear()
    if setting == "SERVICE_LIFECYCLES":
        get_lifecycle.cache_clear()
