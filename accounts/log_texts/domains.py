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
    "domains.domain.imported": _("importó el dominio %(object)s"),
    "domains.contact.imported": _("importó el titular %(object)s"),
    "domains.domain.dns_mended": _("puso en el DNS lo que le faltaba a %(object)s"),
    "domains.domain.removed": _("quitó de la lista el dominio %(object)s"),
    "domains.zone.created": _("empezó a administrar aquí el DNS de %(object)s"),
    "domains.zone.record_added": _("preparó un registro DNS nuevo: %(object)s"),
    "domains.zone.record_changed": _("preparó un cambio del registro DNS %(object)s"),
    "domains.zone.record_removed": _("preparó quitar el registro DNS %(object)s"),
    "domains.zone.record_kept": _("decidió conservar el registro DNS %(object)s"),
    "domains.zone.discarded": _("descartó los cambios sin aplicar en el DNS de %(object)s"),
    "domains.zone.imported": _("preparó una importación de registros DNS de %(object)s"),
    "domains.zone.version_restored": _("preparó volver a una versión anterior del DNS de %(object)s"),
    "domains.zone.adopted": _("preparó adoptar lo que el servidor tenía en el DNS de %(object)s"),
    "domains.zone.applied": _("aplicó cambios en el DNS de %(object)s"),
    "domains.zone.published": _("publicó el DNS de %(object)s"),
    "domains.zone.publication_retried": _("pidió publicar de nuevo el DNS de %(object)s"),
    "domains.zone.compared": _("pidió comparar con el servidor el DNS de %(object)s"),
    "domains.zone.repaired": _("mandó dejar el servidor como está el panel en el DNS de %(object)s"),
    "domains.zone.withdrawn": _("pidió dejar de administrar aquí el DNS de %(object)s"),
}
