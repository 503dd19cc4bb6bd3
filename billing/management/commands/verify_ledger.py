"""``manage.py verify_ledger``: exit code 0 when money agrees everywhere, 1 when it does not."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from billing.models import Invoice, LedgerEntry, Payment
from billing.services.verification import verify_ledger


class Command(BaseCommand):
    help = "Comprueba que facturas, notas de crédito, pagos, devoluciones y saldos coincidan con el libro contable."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        differences = [sentence for _code, sentence in verify_ledger()]
        facts = {
            "invoices": Invoice.objects.count(),
            "payments": Payment.objects.count(),
            "entries": LedgerEntry.objects.count(),
            "seconds": f"{time.perf_counter() - started:.1f}",
        }
        self.stdout.write(_("%(invoices)s facturas, %(payments)s pagos, %(entries)s asientos, %(seconds)s s.") % facts)
        for sentence in differences:
            self.stderr.write(self.style.ERROR(sentence))
        if differences:
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(_("Todo coincide, al centavo.")))
