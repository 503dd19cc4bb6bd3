"""How long the rows of an import are kept: for as long as anybody may still want to know what became of one, take it back,
or fix what was rejected. They hold names and addresses, so not longer. The counts stay."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from exchange.models import ImportFile, MailboxImport
from exchange.services.imports.files import forget_rows

KEPT = timedelta(days=90)
AT_ONCE = 20  # imports in one call

Stage = MailboxImport.Stage


def prune_imports() -> int:
    """For the beat: rows, reasons and what is left of the file go; the import stays, with its counts. Gives how many."""
    over = MailboxImport.objects.filter(
        stage__in=[Stage.FINISHED, Stage.UNDONE], finished_at__lt=timezone.now() - KEPT, pruned_at=None
    )
    due = list(over.order_by("finished_at").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_prune(pk) for pk in due)


@transaction.atomic
def _prune(pk: int) -> bool:
    """Not one that somebody has begun to retry or undo in this moment."""
    batch = MailboxImport.objects.select_for_update().get(pk=pk)
    if batch.stage not in {Stage.FINISHED, Stage.UNDONE}:
        return False
    forget_rows(batch)
    ImportFile.objects.filter(batch=batch).delete()
    batch.pruned_at, batch.groups = timezone.now(), []
    batch.save(update_fields=["pruned_at", "groups"])
    return True
