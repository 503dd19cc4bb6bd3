"""A person's photo."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account, User, UserPhoto


@transaction.atomic
def change_photo(*, actor: Actor, account: Account | None, user: User, image: bytes) -> None:
    """``image`` is what :func:`accounts.forms.photo.square_jpeg` made."""
    digest = hashlib.sha256(image).hexdigest()
    UserPhoto.objects.update_or_create(
        user=user, defaults={"image": image, "digest": digest, "changed_at": timezone.now()}
    )
    log_action(actor=actor, account=account, action="accounts.user.photo_changed", target=user)


@transaction.atomic
def remove_photo(*, actor: Actor, account: Account | None, user: User) -> None:
    deleted, _rows = UserPhoto.objects.filter(user=user).delete()
    if deleted:
        log_action(actor=actor, account=account, action="accounts.user.photo_removed", target=user)
