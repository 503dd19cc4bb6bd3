"""One worker at a time writes the rows of an import, and one that was only slow writes none when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from exchange.models import MailboxImport


class OtherHands(Exception):
    """Another worker has taken this import over: what we know of it no longer counts."""


def take_in_hand(public_id: UUID, hand: UUID, *stages: str) -> MailboxImport | None:
    """From now on only ``hand`` (the claim of a job) may write rows. None when the import is in none of these stages."""
    taken = MailboxImport.objects.filter(public_id=public_id, stage__in=stages).update(hand=hand)
    related = MailboxImport.objects.select_related("subscription", "account", "template")
    return related.get(public_id=public_id) if taken else None


@contextmanager
def in_hand(batch: MailboxImport, hand: UUID) -> Iterator[None]:
    """A transaction in which nobody else writes rows of this import. Raises OtherHands."""
    with transaction.atomic():
        mine = MailboxImport.objects.select_for_update().filter(pk=batch.pk, hand=hand)
        if mine.values_list("pk", flat=True).first() is None:
            raise OtherHands
        yield
