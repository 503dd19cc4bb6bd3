"""``MAIL_DRIVER`` and ``EXCHANGE_…`` in the environment make a panel whose mailboxes are on Exchange."""

from __future__ import annotations

import os
import subprocess
import sys

from django.core.management import call_command

PROGRAM = """
import django; django.setup()
from cloudpanel.core.drivers import get_driver
driver = get_driver("mail")
print(type(driver).__name__, driver._settings.server, driver._settings.organizational_unit, driver._settings.auth)
"""


def test_the_environment_chooses_exchange():
    chosen = {
        "MAIL_DRIVER": "exchange.drivers.powershell.PowerShellMailDriver",
        "EXCHANGE_SERVER": "ex1.clientes.example",
        "EXCHANGE_OU": "clientes.example/Clientes",
        "EXCHANGE_AUTH": "ntlm",
        "EXCHANGE_USERNAME": "panel",
        "EXCHANGE_PASSWORD": "Clave-del-panel-1",
    }
    environment = os.environ | chosen | {"DJANGO_SETTINGS_MODULE": "cloudpanel.settings"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["PowerShellMailDriver", "ex1.clientes.example", "clientes.example/Clientes", "ntlm"]


def test_there_is_no_mail_directory_to_install_then(settings, capsys, exchange):
    driver = {"class": "exchange.drivers.powershell.PowerShellMailDriver", "options": {"config": exchange.settings()}}
    settings.DRIVERS = {**settings.DRIVERS, "mail": {**driver, "concurrency": 1}}
    call_command("install_mail_directory")
    assert "no mail directory" in capsys.readouterr().out
