"""Actions of the area *Pedidos y suscripciones*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "marketplace.order.placed": _("hizo el pedido %(object)s"),
    "marketplace.order.started": _("empezó el pedido %(object)s al recibir su pago"),
    "marketplace.order.completed": _("terminó el pedido %(object)s"),
    "marketplace.order.failed": _("no pudo terminar el pedido %(object)s"),
    "marketplace.order.retried": _("volvió a intentar el pedido %(object)s"),
    "marketplace.order.cancelled": _("canceló el pedido %(object)s"),
    "marketplace.subscription.activated": _("activó la suscripción %(object)s"),
    "marketplace.subscription.changed": _("cambió la suscripción %(object)s"),
    "marketplace.subscription.cycle_changed": _("cambió el periodo de pago de %(object)s"),
    "marketplace.subscription.renewed": _("facturó el siguiente periodo de %(object)s"),
    "marketplace.subscription.renewal_switched": _("cambió la renovación automática de %(object)s"),
    "marketplace.subscription.suspended": _("suspendió la suscripción %(object)s"),
    "marketplace.subscription.resumed": _("reactivó la suscripción %(object)s"),
    "marketplace.subscription.terminated": _("dio de baja la suscripción %(object)s"),
}
