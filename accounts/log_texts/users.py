"""Actions of the area *Usuarios*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "users.user.added": _("agregó al usuario %(object)s"),
    "users.user.activated": _("activó su acceso (%(object)s)"),
    "users.activation.resent": _("volvió a enviar el correo de activación a %(object)s"),
    "users.user.changed": _("cambió los datos o el rol de %(object)s"),
    "users.user.disabled": _("deshabilitó a %(object)s"),
    "users.user.enabled": _("habilitó a %(object)s"),
    "users.user.deleted": _("eliminó a %(object)s"),
    "users.user.previewed": _("miró el panel como %(object)s"),
    "users.sessions.ended": _("cerró las sesiones de %(object)s"),
    "users.delegations.changed": _("cambió los servicios delegados a %(object)s"),
    "users.service.delegated": _("delegó servicios a %(object)s"),
    "users.service.withdrawn": _("retiró servicios a %(object)s"),
    "users.access.requested": _("solicitó acceso (%(object)s)"),
    "users.access.granted": _("concedió acceso (%(object)s)"),
    "users.access.declined": _("rechazó una solicitud de acceso (%(object)s)"),
    "users.list.exported": _("descargó la lista de usuarios"),
}
