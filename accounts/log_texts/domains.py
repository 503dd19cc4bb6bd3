"""Actions of the area *Dominios*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "domains.domain.claimed": _("empezó a añadir el dominio %(object)s"),
    "domains.domain.check_requested": _("pidió comprobar el dominio %(object)s"),
    "domains.domain.proved": _("demostró que es suyo el dominio %(object)s"),
    "domains.domain.not_proved": _("no pudo demostrar que es suyo el dominio %(object)s"),
    "domains.domain.lookup_requested": _("preguntó al registro por el dominio %(object)s"),
    "domains.domain.examination_requested": _("pidió revisar el dominio %(object)s"),
    "domains.domain.removed": _("quitó de la lista el dominio %(object)s"),
}
