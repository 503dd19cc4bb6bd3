"""Reading notifications. Nothing here is logged: reading one's own mail changes nothing for anybody else."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Membership, Notification


def mark_read(*, notification: Notification) -> None:
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=timezone.now())


def mark_unread(*, notification: Notification) -> None:
    Notification.objects.filter(pk=notification.pk).update(read_at=None)


def mark_all_read(*, membership: Membership) -> int:
    """How many were unread."""
    return Notification.objects.visible_to(membership).filter(read_at__isnull=True).update(read_at=timezone.now())
