"""``manage.py seed_demo``: the demo customers, people, catalogue and services. Running it again changes nothing."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudpanel.local.demo import seed_demo


class Command(BaseCommand):
    help = "Crea los clientes, usuarios y servicios de demostración; repetirlo no cambia nada."

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD")
        if not password:
            raise CommandError("Set DEMO_PASSWORD.")
        for line in seed_demo(password=password):
            self.stdout.write(line)
