"""Rows are kept for ninety days, counts for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cloudpanel.core.exceptions import BusinessError
from exchange.models import ImportProblem, ImportRow, MailboxImport
from exchange.services.imports.finishing import Options, finalize_import, retry_import
from exchange.services.imports.retention import KEPT, prune_imports
from exchange.services.imports.undoing import begin_undo
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import again

FILE = "Nombre para mostrar,Correo\nAna,ana@buzones.example\nMal,ñ@buzones.example\n"


@pytest.fixture
def old(upload, actor, run_jobs) -> MailboxImport:
    """Finished a day too long ago."""
    batch = upload(FILE)
    finalize_import(actor=actor, batch=batch, options=Options())
    run_jobs()
    MailboxImport.objects.update(finished_at=timezone.now() - KEPT - timedelta(days=1))
    return again(batch)


def test_old_rows_go_and_counts_stay(old):
    counts = old.counts
    assert prune_imports() == 1
    assert (again(old).counts, ImportRow.objects.count(), ImportProblem.objects.count()) == (counts, 0, 0)
    assert prune_imports() == 0


def test_young_ones_drafts_and_those_on_their_way_keep_theirs(old, upload):
    MailboxImport.objects.update(finished_at=timezone.now() - KEPT + timedelta(days=1))
    upload("Correo\neva@buzones.example\n")
    assert prune_imports() == 0
    MailboxImport.objects.filter(pk=old.pk).update(stage="undoing", finished_at=timezone.now() - 2 * KEPT)
    assert prune_imports() == 0
    assert ImportRow.objects.count() == 3


def test_the_page_says_so_and_offers_nothing_that_needs_rows(old, administrator_client, subscription, actor):
    page = url("import_result", subscription, old.public_id)
    assert "Deshacer importación" in administrator_client.get(page).content.decode()
    prune_imports()
    text = administrator_client.get(page).content.decode()
    assert "Las filas se guardan 90 días" in text
    assert "Deshacer importación" not in text
    assert "resultado.csv" not in text
    with pytest.raises(BusinessError, match="ya no se guardan"):
        begin_undo(actor=actor, batch=old)
    retry_import(actor=actor, batch=old)
    assert again(old).stage == "finished"
