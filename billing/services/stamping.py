"""Which documents are to be certified by a PAC, and what it gave. Without a driver nothing happens, and every page and paper
says that the document is not stamped."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from billing.models import CreditNote, Invoice, Stamp
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue_many

GATEWAY, OPERATION = "pac", "billing.stamp_document"
PATIENCE = timedelta(minutes=10)
"""Whether a document is paid at once (PUE) is known when the card has answered."""
TOO_OLD = timedelta(hours=72)
"""The SAT certifies nothing that was issued longer ago (Anexo 20, CFDI 4.0: Fecha)."""
MOST_AT_ONCE = 500
Document = TypeVar("Document", Invoice, CreditNote)


def stamps_offered() -> bool:
    return GATEWAY in settings.DRIVERS


def stamp_of(document: Invoice | CreditNote) -> Stamp | None:
    found = Stamp.objects.filter(**{_name(document): document})
    return found.first()


@transaction.atomic
def stamp_new_documents() -> int:
    """A job for each new document, once; how many. A credit note waits for its invoice's stamp, which it must name. A job
    that failed is support's to retry. Called every minute (``settings.PERIODIC``)."""
    if not stamps_offered():
        return 0
    invoices = _waiting(Invoice.objects.filter(total__gt=0), "invoice")
    notes = _waiting(CreditNote.objects.filter(invoice__stamp__isnull=False), "credit_note")
    jobs = [
        NewJob(lock_key=f"billing.{kind}.stamp:{pk}", params={"kind": kind, "id": pk})
        for kind, rows in (("invoice", invoices), ("credit_note", notes))
        for pk in rows
    ]
    if jobs:
        enqueue_many(actor=SYSTEM, account=None, operation=OPERATION, jobs=jobs)
    return len(jobs)


def _waiting(documents: QuerySet[Document], kind: str) -> list[int]:
    now, key = (
        timezone.now(),
        Concat(Value(f"billing.{kind}.stamp:"), Cast(OuterRef("pk"), Job._meta.get_field("lock_key"))),
    )
    recent = documents.filter(issued_at__gt=now - TOO_OLD, issued_at__lt=now - PATIENCE, stamp__isnull=True)
    asked = Job.objects.filter(operation=OPERATION, lock_key=key)
    found = recent.filter(~Exists(asked), currency=settings.CURRENCY).order_by("pk")
    return list(found.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:MOST_AT_ONCE])


@transaction.atomic
def keep_stamp(*, actor: Actor, document: Invoice | CreditNote, uuid: UUID, xml: str) -> Stamp:
    """What the PAC gave; the first one stays."""
    stamp, is_new = Stamp.objects.get_or_create(**{_name(document): document}, defaults={"uuid": uuid, "xml": xml})
    if is_new:
        action = f"billing.{_name(document)}.stamped"
        log_action(actor=actor, account=document.account_id, action=action, target=document, after={"uuid": str(stamp)})
    return stamp


def _name(document: Invoice | CreditNote) -> str:
    return "invoice" if isinstance(document, Invoice) else "credit_note"
