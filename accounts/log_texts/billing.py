"""Actions of the area *Pagos y facturas*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "billing.payment.charged": _("cargó a la cuenta %(object)s"),
    "billing.payment.received": _("registró el pago de %(object)s"),
    "billing.payment.cancelled": _("canceló el cobro de %(object)s"),
    "billing.payment.refunded": _("registró la devolución de %(object)s"),
    "billing.payment.refund_due": _("anotó que se debe devolver %(object)s"),
}
