"""Books an uploaded list of the bank's movements, some seconds at a time."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from billing.models import BankFile
from billing.operations.common import actor_of
from billing.services.reconciling import book_some_rows, is_booked
from cloudpanel.provisioning.errors import StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result

TURN = 20.0  # seconds; then others have a turn
ROWS = 50


def _book(run: JobRun) -> Result:
    file = BankFile.objects.get(public_id=run.params["file"])
    began = time.monotonic()
    while book_some_rows(file, actor=actor_of(run.job), most=ROWS) and time.monotonic() - began < TURN:
        pass
    if not is_booked(file):
        raise StillRunning(str(file), poll_after=0.5)
    return Result()


def _nothing_more(job: Job) -> None:
    """Every row says what became of it."""


book_bank_file = Operation(
    run=_book,
    succeeded=_nothing_more,
    failed=_nothing_more,
    label=_("Conciliar movimientos del banco"),
    deadline=timedelta(hours=12),
)
