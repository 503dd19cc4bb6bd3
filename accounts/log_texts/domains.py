"""Actions of the area *Dominios*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "domains.domain.claimed": _("empezó a añadir el dominio %(object)s"),
}
