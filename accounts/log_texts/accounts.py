"""Actions of the area *Cuenta y perfil*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "accounts.account.created": _("dio de alta la cuenta %(object)s"),
    "accounts.account.changed_by_support": _("cambió como soporte la cuenta %(object)s"),
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
    "accounts.user.signed_in": _("ingresó (%(object)s)"),
    "accounts.user.signed_out": _("cerró su sesión (%(object)s)"),
    "accounts.user.sign_in_failed": _("no pudo ingresar: contraseña equivocada (%(object)s)"),
    "accounts.user.locked": _("agotó sus intentos y quedó bloqueado por un tiempo (%(object)s)"),
    "accounts.user.password_changed": _("cambió su contraseña (%(object)s)"),
    "accounts.user.password_reset": _("recuperó su acceso con una contraseña nueva (%(object)s)"),
    "accounts.user.factor_added": _("agregó un segundo factor (%(object)s)"),
    "accounts.user.factor_removed": _("quitó un segundo factor (%(object)s)"),
    "accounts.user.recovery_codes_made": _("generó códigos de recuperación (%(object)s)"),
    "accounts.user.sessions_ended": _("cerró otras sesiones suyas (%(object)s)"),
    "accounts.user.entered_as": _("entró como %(object)s"),
    "accounts.user.staff_rights_changed": _("cambió los permisos de soporte de %(object)s"),
    "accounts.user.staff_added": _("agregó al personal de soporte a %(object)s"),
    "accounts.user.staff_invited_again": _("volvió a invitar al personal de soporte a %(object)s"),
    "accounts.user.left": _("dejó de actuar como %(object)s"),
}
