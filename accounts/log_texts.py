"""The *registro de acciones* in words: one sentence for each action, one label for each datum.

``ACTION_TEXTS`` is the only place that knows every action of the product; tests/accounts/test_every_action_has_words.py
fails when an ``action="…"`` in the source has no sentence here. ``%(object)s`` is the object's name at that time.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

AREAS = {
    "accounts": _("Cuenta y perfil"),
    "users": _("Usuarios"),
    "marketplace": _("Pedidos y suscripciones"),
    "billing": _("Pagos y facturas"),
    "exchange": _("Exchange"),
    "domains": _("Dominios"),
    "provisioning": _("Operaciones en curso"),
}

ACTION_TEXTS = {
    # Cuenta y perfil
    "accounts.account.profile_changed": _("cambió el perfil de la cuenta %(object)s"),
    "accounts.account.second_factor_required": _("hizo obligatorio el segundo factor en la cuenta %(object)s"),
    "accounts.account.second_factor_optional": _("dejó de exigir el segundo factor en la cuenta %(object)s"),
    "accounts.action_log.exported": _("descargó el registro de acciones"),
    "accounts.user.profile_changed": _("cambió su perfil (%(object)s)"),
    "accounts.user.preferences_changed": _("cambió sus preferencias de notificación (%(object)s)"),
    "accounts.user.photo_changed": _("cambió su foto (%(object)s)"),
    "accounts.user.photo_removed": _("quitó su foto (%(object)s)"),
    "accounts.user.email_change_requested": _("pidió cambiar su correo de acceso (%(object)s)"),
    "accounts.user.email_changed": _("cambió su correo de acceso (%(object)s)"),
    "accounts.user.email_change_reverted": _("deshizo el cambio de su correo de acceso (%(object)s)"),
    "accounts.user.second_factor_reset": _("quitó el segundo factor de %(object)s"),
    "accounts.user.entered_as": _("entró como %(object)s"),
    "accounts.user.left": _("dejó de actuar como %(object)s"),
    # Pagos y facturas
    "billing.payment.charged": _("cargó a la cuenta %(object)s"),
    "billing.payment.received": _("registró el pago de %(object)s"),
    "billing.payment.cancelled": _("canceló el cobro de %(object)s"),
    "billing.payment.refunded": _("registró la devolución de %(object)s"),
    "billing.payment.refund_due": _("anotó que se debe devolver %(object)s"),
    # Pedidos y suscripciones
    "marketplace.order.placed": _("hizo el pedido %(object)s"),
    "marketplace.order.completed": _("terminó el pedido %(object)s"),
    "marketplace.order.failed": _("no pudo terminar el pedido %(object)s"),
    "marketplace.order.retried": _("volvió a intentar el pedido %(object)s"),
    "marketplace.order.cancelled": _("canceló el pedido %(object)s"),
    "marketplace.subscription.activated": _("activó la suscripción %(object)s"),
    "marketplace.subscription.changed": _("cambió la suscripción %(object)s"),
    "marketplace.subscription.suspended": _("suspendió la suscripción %(object)s"),
    "marketplace.subscription.resumed": _("reactivó la suscripción %(object)s"),
    "marketplace.subscription.terminated": _("dio de baja la suscripción %(object)s"),
    # Exchange
    "exchange.mailbox.created": _("creó el buzón %(object)s"),
    "exchange.mailbox.updated": _("cambió el buzón %(object)s"),
    "exchange.mailbox.changed": _("cambió el buzón %(object)s"),
    "exchange.mailbox.activated": _("puso en servicio el buzón %(object)s"),
    "exchange.mailbox.deleted": _("eliminó el buzón %(object)s"),
    "exchange.mailbox.removed": _("terminó de eliminar el buzón %(object)s"),
    "exchange.mailbox.restored": _("recuperó el buzón %(object)s"),
    "exchange.mailbox.enabled": _("habilitó el buzón %(object)s"),
    "exchange.mailbox.disabled": _("deshabilitó el buzón %(object)s"),
    "exchange.mailbox.failed": _("no pudo poner en servicio el buzón %(object)s"),
    "exchange.mailbox.retried": _("volvió a intentar el buzón %(object)s"),
    "exchange.mailbox.password_reset": _("cambió la contraseña del buzón %(object)s"),
    "exchange.mailbox.password_link_sent": _("envió un enlace para elegir la contraseña del buzón %(object)s"),
    "exchange.mailbox.password_chosen": _("eligió la contraseña del buzón %(object)s"),
    # Operaciones en curso
    "provisioning.job.queued": _("puso en espera la operación «%(object)s»"),
    "provisioning.job.running": _("empezó la operación «%(object)s»"),
    "provisioning.job.succeeded": _("completó la operación «%(object)s»"),
    "provisioning.job.failed": _("no pudo completar la operación «%(object)s»"),
    "provisioning.job.cancelled": _("canceló la operación «%(object)s»"),
    "provisioning.job.retried": _("volvió a intentar la operación «%(object)s»"),
    # Usuarios
    "users.user.added": _("agregó al usuario %(object)s"),
    "users.user.activated": _("activó su acceso (%(object)s)"),
    "users.activation.resent": _("volvió a enviar el correo de activación a %(object)s"),
}

FIELD_LABELS = {
    "account": _("cuenta"),
    "amount": _("importe"),
    "billing_contact": _("contacto de facturación"),
    "administrative_contact": _("contacto administrativo"),
    "technical_contact": _("contacto técnico"),
    "city": _("ciudad"),
    "country": _("país"),
    "count": _("cantidad"),
    "currency": _("moneda"),
    "display_name": _("nombre para mostrar"),
    "due_date": _("fecha límite"),
    "email": _("correo"),
    "failure": _("motivo de la falla"),
    "filters": _("filtros"),
    "format": _("formato"),
    "is_active": _("habilitado"),
    "language": _("idioma"),
    "legal_name": _("razón social"),
    "link_sent_to": _("enlace enviado a"),
    "lock_key": _("recurso"),
    "name": _("nombre"),
    "notification_email": _("correo para notificaciones"),
    "operation": _("operación"),
    "order": _("pedido"),
    "phone": _("teléfono"),
    "postal_code": _("código postal"),
    "preferences": _("preferencias"),
    "quota_mb": _("límite en MB"),
    "reason": _("motivo"),
    "refund_due": _("por devolver"),
    "role": _("rol"),
    "state": _("estado"),
    "status": _("estado"),
    "street": _("calle y número"),
    "tax_id": _("RFC"),
    "tax_regime": _("régimen fiscal"),
    "time_zone": _("zona horaria"),
    "user": _("usuario"),
}

# What a code among the data means, whatever datum holds it.
VALUE_TEXTS = {
    "account_admin": _("Administrador de la cuenta"),
    "delegate": _("Usuario con servicios delegados"),
    "service_user": _("Usuario de servicio"),
    "active": _("activo"),
    "cancelled": _("cancelado"),
    "disabled": _("deshabilitado"),
    "failed": _("fallido"),
    "paid": _("pagado"),
    "pending": _("pendiente"),
    "suspended": _("suspendido"),
    "terminated": _("dado de baja"),
    "en": _("Inglés"),
    "es-mx": _("Español"),
}
