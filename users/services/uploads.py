"""Files of people, kept while they are verified."""

from __future__ import annotations

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.crypto import seal
from users.models import UserUpload


def keep_upload(*, actor: Actor, account: Account, content: bytes, filename: str) -> UserUpload:
    """Nobody is added by it, so the log has nothing to tell."""
    return UserUpload.objects.create(
        account=account, created_by=actor.user, filename=filename[:200], sealed=seal(content)
    )


def forget_upload(*, upload: UserUpload) -> None:
    """Its people were added."""
    UserUpload.objects.filter(pk=upload.pk).delete()


def forget_expired_uploads() -> None:
    UserUpload.objects.filter(expires_at__lt=timezone.now()).delete()
