"""Actions of the area *Pagos y facturas*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "billing.invoice.issued": _("emitió la factura %(object)s"),
    "billing.invoice.sent": _("envió por correo la factura %(object)s"),
    "billing.invoice.overdue": _("anotó como vencida la factura %(object)s"),
    "billing.invoice.stamped": _("timbró la factura %(object)s"),
    "billing.credit_note.stamped": _("timbró la nota de crédito %(object)s"),
    "billing.invoice.paid": _("pagó por completo la factura %(object)s"),
    "billing.credit_note.issued": _("emitió la nota de crédito %(object)s"),
    "billing.payment.charged": _("cargó a la cuenta %(object)s"),
    "billing.payment.started": _("inició el pago %(object)s"),
    "billing.payment.pending": _("dejó por pagar %(object)s"),
    "billing.payment.processing": _("está procesando el pago %(object)s"),
    "billing.payment.needs_action": _("pidió autorización para el pago %(object)s"),
    "billing.payment.failed": _("rechazó el pago %(object)s"),
    "billing.payment.received": _("registró el pago de %(object)s"),
    "billing.payment.cancelled": _("canceló el cobro de %(object)s"),
    "billing.payment.refunded": _("registró la devolución de %(object)s"),
    "billing.payment.refund_due": _("anotó que se debe devolver %(object)s"),
    "billing.refund.due": _("anotó que se debe devolver %(object)s"),
    "billing.refund.done": _("devolvió %(object)s"),
    "billing.refund.failed": _("no pudo devolver %(object)s"),
    "billing.dispute.question": _("recibió una pregunta del banco sobre %(object)s"),
    "billing.dispute.open": _("recibió el contracargo %(object)s"),
    "billing.dispute.won": _("ganó el contracargo %(object)s"),
    "billing.dispute.lost": _("perdió el contracargo %(object)s"),
    "billing.dispute.closed": _("cerró la pregunta del banco sobre %(object)s"),
    "billing.movement.undone": _("deshizo la asignación del depósito %(object)s"),
    "billing.method.added": _("agregó la tarjeta %(object)s"),
    "billing.method.renewed": _("renovó la tarjeta %(object)s"),
    "billing.method.made_default": _("eligió como predeterminada la tarjeta %(object)s"),
    "billing.method.removed": _("quitó la tarjeta %(object)s"),
    "billing.method.expiry_told": _("avisó que está por vencer la tarjeta %(object)s"),
    "billing.bank_file.uploaded": _("subió los movimientos del banco %(object)s"),
    "billing.movement.booked": _("registró el depósito %(object)s"),
    "billing.movement.unidentified": _("registró sin identificar el depósito %(object)s"),
    "billing.movement.left": _("dejó sin identificar el depósito %(object)s"),
}
