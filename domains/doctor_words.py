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
