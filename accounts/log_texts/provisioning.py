"""Actions of the area *Operaciones en curso*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "provisioning.job.queued": _("puso en espera la operación «%(object)s»"),
    "provisioning.job.running": _("empezó la operación «%(object)s»"),
    "provisioning.job.succeeded": _("completó la operación «%(object)s»"),
    "provisioning.job.failed": _("no pudo completar la operación «%(object)s»"),
    "provisioning.job.cancel_requested": _("pidió cancelar la operación «%(object)s»"),
    "provisioning.job.cancelled": _("canceló la operación «%(object)s»"),
    "provisioning.driver.resumed": _("reanudó la cola de %(object)s"),
    "provisioning.job.retried": _("volvió a intentar la operación «%(object)s»"),
}
