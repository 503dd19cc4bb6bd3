"""``manage.py seal_action_log``: what the worker does every few seconds, once and by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from accounts.log_seals import seal_new_lines


class Command(BaseCommand):
    help = "Sella las acciones registradas desde el último sello."

    def handle(self, *args: Any, **options: Any) -> None:
        count = seal_new_lines()
        self.stdout.write(ngettext("%(n)s acción sellada.", "%(n)s acciones selladas.", count) % {"n": count})
