"""``manage.py install_mail_directory``: the mail directory and Dovecot's role, brought to this version."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudpanel.provisioning.errors import ConfigurationError
from exchange.drivers.directory import install_schema


class Command(BaseCommand):
    help = (
        "Creates or upgrades the mail directory in MAIL_DIRECTORY_URL and the role with which Dovecot reads it. "
        "MAIL_DIRECTORY_DOVECOT_PASSWORD becomes that role's password; without it only peer or certificate sign-in works."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        driver: dict[str, Any] = settings.DRIVERS["mail"]
        if "dsn" not in driver["options"]["config"]:
            self.stdout.write(f"MAIL_DRIVER is {driver['class']}: there is no mail directory to install.")
            return
        password = os.environ.get("MAIL_DIRECTORY_DOVECOT_PASSWORD") or None
        try:
            install_schema(driver["options"]["config"]["dsn"], dovecot_password=password)
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
