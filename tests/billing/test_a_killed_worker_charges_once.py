"""A worker process that is killed with -9 between the bank's yes and our hearing of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services.charges import pay_with_card
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.sweep import sweep
from tests.billing.stripe_peer import PUBLISHABLE_KEY, ROOT, SECRET_KEY, WEBHOOK_SECRET

pytestmark = pytest.mark.django_db(transaction=True)
WORK = """
import datetime, django
django.setup()
from cloudpanel.provisioning.worker import drain
drain(turn=datetime.timedelta(minutes=1))
"""


def start_worker(gateway_port: int) -> subprocess.Popen[bytes]:
    database = connection.settings_dict
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'], safe='/')}",
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_URL": f"http://127.0.0.1:{gateway_port}",
    }
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)


def test_a_worker_killed_between_the_charge_and_its_answer(cards, add_card, actor, invoice, run_jobs, road):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards), token="1")
    road.faults = ["ok", "ok", "ok", "hold"]  # the customer, the intent, its state; then the confirmation
    worker = start_worker(road.port)
    try:
        assert road.held.wait(90), "the worker never confirmed"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    assert len(cards.charges()) == 1
    assert Payment.objects.get(pk=payment.pk).state == Payment.State.PROCESSING
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=timezone.now() - timedelta(minutes=5))
    sweep()
    run_jobs()
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state) == (Payment.State.RECEIVED, Invoice.State.PAID)
    assert len(cards.charges()) == 1
