"""Actions of the area *Exchange*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "exchange.mailbox.created": _("creó el buzón %(object)s"),
    "exchange.mailbox.handed_over": _("pasó el buzón %(object)s a otra persona"),
    "exchange.mailbox.activated": _("puso en servicio el buzón %(object)s"),
    "exchange.mailbox.updated": _("cambió el buzón %(object)s"),
    "exchange.mailbox.renamed": _("cambió la dirección principal del buzón, ahora %(object)s"),
    "exchange.mailbox.enabled": _("pidió habilitar el buzón %(object)s"),
    "exchange.mailbox.disabled": _("pidió deshabilitar el buzón %(object)s"),
    "exchange.mailbox.retried": _("volvió a intentar el buzón %(object)s"),
    "exchange.mailbox.password_reset": _("cambió la contraseña del buzón %(object)s"),
    "exchange.mailbox.password_link_sent": _("envió un enlace para elegir la contraseña del buzón %(object)s"),
    "exchange.mailbox.password_chosen": _("eligió la contraseña del buzón %(object)s"),
    "exchange.mailbox.deletion_requested": _("pidió eliminar el buzón %(object)s"),
    "exchange.mailbox.deleted": _("pasó a la papelera el buzón %(object)s"),
    "exchange.mailbox.restore_requested": _("pidió restaurar el buzón %(object)s"),
    "exchange.mailbox.restored": _("restauró el buzón %(object)s"),
    "exchange.mailbox.purged": _("borró para siempre el buzón %(object)s"),
    "exchange.mailbox.alias_added": _("añadió un alias al buzón %(object)s"),
    "exchange.mailbox.alias_removed": _("pidió quitar un alias del buzón %(object)s"),
    "exchange.mailbox.alias_retried": _("volvió a intentar un alias del buzón %(object)s"),
    "exchange.mailbox.alias_freed": _("quitó un alias del buzón %(object)s"),
    "exchange.domain.added": _("añadió el dominio de correo %(object)s"),
    "exchange.domain.check_requested": _("pidió comprobar el dominio de correo %(object)s"),
    "exchange.domain.verified": _("demostró que el dominio de correo %(object)s es suyo"),
    "exchange.domain.removed": _("quitó el dominio de correo %(object)s"),
    "exchange.template.created": _("creó la plantilla del buzón %(object)s"),
    "exchange.template.updated": _("cambió la plantilla del buzón %(object)s"),
    "exchange.import.uploaded": _("subió el archivo de buzones %(object)s"),
    "exchange.import.verified": _("verificó el archivo de buzones %(object)s"),
    "exchange.import.corrected": _("corrigió filas del archivo de buzones %(object)s"),
    "exchange.import.discarded": _("descartó el archivo de buzones %(object)s"),
    "exchange.import.finalized": _("finalizó la importación de buzones %(object)s"),
    "exchange.import.finished": _("terminó la importación de buzones %(object)s"),
    "exchange.import.undo_requested": _("pidió deshacer la importación de buzones %(object)s"),
    "exchange.import.undone": _("deshizo la importación de buzones %(object)s"),
    "exchange.import.exported": _("descargó filas de la importación de buzones %(object)s"),
    "exchange.template.deleted": _("eliminó la plantilla del buzón %(object)s"),
}
