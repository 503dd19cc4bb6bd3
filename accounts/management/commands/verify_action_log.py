"""``manage.py verify_action_log``: exit code 0 when the log is whole, 1 when it is not."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.log_verification import verify_action_log

SHOWN = 200


class Command(BaseCommand):
    help = "Comprueba que ninguna línea del registro de acciones falte, sobre, cambie de lugar ni esté alterada."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        report = verify_action_log()
        seconds = time.perf_counter() - started
        facts = {"sealed": report.sealed, "seals": report.seals, "pending": report.pending, "seconds": f"{seconds:.1f}"}
        self.stdout.write(_("%(sealed)s acciones en %(seals)s sellos, %(pending)s por sellar, %(seconds)s s.") % facts)
        if report.late_since:
            late = timezone.localtime(report.late_since)
            self.stderr.write(_("Hay acciones sin sellar desde %(at)s: ¿está trabajando el proceso?") % {"at": late})
        for finding in report.findings[:SHOWN]:
            self.stderr.write(self.style.ERROR(finding.message))
        if len(report.findings) > SHOWN:
            self.stderr.write(_("… y %(n)s más.") % {"n": len(report.findings) - SHOWN})
        if report.findings:
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(_("El registro de acciones está completo y sin alteraciones.")))
