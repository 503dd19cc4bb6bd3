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
    "due_date": _("fecha límite"),
    "email": _("correo"),
    "filters": _("filtros"),
    "format": _("formato"),
    "is_active": _("habilitado"),
    "language": _("idioma"),
    "legal_name": _("razón social"),
    "name": _("nombre"),
    "notification_email": _("correo para notificaciones"),
    "phone": _("teléfono"),
    "postal_code": _("código postal"),
    "preferences": _("preferencias"),
    "reason": _("motivo"),
    "role": _("rol"),
    "state": _("estado"),
    "status": _("estado"),
    "street": _("calle y número"),
    "tax_id": _("RFC"),
    "tax_regime": _("régimen fiscal"),
    "time_zone": _("zona horaria"),
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
