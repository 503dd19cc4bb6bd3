"""The help pages: one per screen, in the order of the menu. ``templates/help/<topic>.html`` is the text."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# topic → (title, icon)
TOPICS = {
    "inicio": (_("La pantalla principal"), "home"),
    "ingreso": (_("Ingresar al panel"), "login"),
    "seguridad": (_("Contraseña, segundo factor y sesiones"), "shield-lock"),
    "perfil": (_("Mi perfil"), "user-cog"),
    "notificaciones": (_("Notificaciones"), "bell"),
    "usuarios": (_("Usuarios y delegación"), "users"),
    "mercado": (_("Contratar servicios"), "building-store"),
    "pedidos": (_("Pedidos y facturas"), "receipt"),
    "facturas": (_("Facturas y estado de cuenta"), "file-invoice"),
    "suscripciones": (_("Suscripciones"), "packages"),
    "metodos-de-pago": (_("Métodos de pago"), "credit-card"),
    "perfil-de-la-cuenta": (_("Perfil de la cuenta"), "building"),
    "registro": (_("Registro de acciones"), "history"),
    "dominios": (_("Dominios"), "world"),
    "dns": (_("DNS de un dominio"), "list-details"),
    "otros-servicios": (_("Otros servicios"), "apps"),
    "exchange": (_("Exchange: panel del servicio"), "mail-cog"),
    "buzones": (_("Exchange: buzones de correo"), "mailbox"),
    "comparacion": (_("Exchange: comparación con el servidor"), "refresh"),
    "importar-buzones": (_("Exchange: importar buzones"), "file-import"),
    "buzon": (_("Exchange: la página de un buzón"), "mail-opened"),
    "listas": (_("Exchange: listas, buzones compartidos y contactos"), "users-group"),
}
