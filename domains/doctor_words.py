"""The domain doctor speaks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PARTS = {
    "expiry": (_("Vencimiento"), _("Un dominio vencido deja de funcionar, con todo su correo.")),
    "ns": (_("Servidores de nombres"), _("Quién contesta por su dominio en el DNS.")),
    "mx": (_("Recepción de correo (MX)"), _("A dónde llega el correo de su dominio.")),
    "spf": (_("Quién puede enviar (SPF)"), _("Sin él, lo que envía puede acabar en el correo no deseado.")),
    "dkim": (_("Firma del correo (DKIM)"), _("Permite comprobar que el correo es suyo y no cambió en el camino.")),
    "dmarc": (
        _("Qué hacer con las falsificaciones (DMARC)"),
        _("Dice a los demás qué hacer con el correo que no es suyo."),
    ),
    "autodiscover": (
        _("Configuración automática (autodiscover)"),
        _("Outlook y los teléfonos se configuran solos con él."),
    ),
}
# verdict → (tone, word)
VERDICTS = {
    "ok": ("success", _("Bien")),
    "missing": ("danger", _("Falta")),
    "wrong": ("danger", _("No coincide")),
    "double": ("danger", _("Está repetido")),
    "soon": ("warning", _("Vence pronto")),
    "expired": ("danger", pgettext_lazy("of a domain", "Vencido")),
    "unknown": ("waiting", _("No se sabe")),
    "unused": ("muted", _("No se usa aquí")),
    "": ("waiting", _("Sin revisar todavía")),
}
# what is the matter with a record that is there
NOTES = {
    "null_mx": _("El MX dice que este dominio no recibe correo (“0 .”)."),
    "spf_lookups": _(
        "El SPF necesita más de 10 consultas al DNS, así que quien recibe no lo evalúa. Quite los include que ya no use."
    ),
    "spf_loop": _("El SPF se incluye a sí mismo: quien recibe no lo evalúa."),
    "spf_include": _("El SPF incluye un dominio que no tiene exactamente un SPF: quien recibe no lo evalúa."),
    "spf_syntax": _(
        "El SPF tiene una parte que no existe o está mal escrita, así que quien recibe no lo evalúa. "
        "Debe ser como ip4:192.0.2.1 o include:ejemplo.com."
    ),
    "dmarc_policy": _("Al DMARC le falta la política: p=none, p=quarantine o p=reject."),
}
