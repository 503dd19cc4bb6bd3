"""Abstract bases shared by every app."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublicModel(models.Model):
    """A row that the outside world names by UUID; the primary key never leaves the server."""

    public_id = models.UUIDField(_("identificador"), default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("creado"), auto_now_add=True)

    class Meta:
        abstract = True
