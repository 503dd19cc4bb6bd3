"""What the last look at a claimed domain's DNS means, for the person who set the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# domains.operations.judging.Verdict.outcome → what to do about it
OUTCOMES = {
    "": _("Todavía no se ha comprobado."),
    "proved": _("El registro está y es el correcto."),
    "partial": _(
        "Algunos servidores ya tienen el registro y otros no. Suele tardar unas horas en llegar a todos; si no, revise los que "
        "abajo responden otra cosa."
    ),
    "other": _("Hay un registro en ese nombre, pero no es el que esperamos. Compare letra por letra."),
    "crowded": _("Hay tantos registros TXT en ese nombre que el suyo se pierde, o falta. Deje solo los que usa."),
    "no_name": _("Ese nombre no existe todavía en el DNS. Revise que el registro se llame exactamente así."),
    "no_record": _("El nombre existe, pero no tiene un registro de ese tipo. Revise el tipo del registro."),
    "silence": _("Los servidores DNS de su dominio no respondieron a tiempo. Volveremos a intentarlo."),
    "broken": _(
        "Los servidores DNS de su dominio respondieron que no pueden contestar (SERVFAIL). Avise a quien los administra; "
        "si usa DNSSEC, puede que su firma ya no valga."
    ),
    "lame": _(
        "Los servidores que su dominio nombra no lo conocen: la delegación apunta a donde no es. Revise los servidores de "
        "nombres con su proveedor."
    ),
    "loop": _("Los registros CNAME de ese nombre dan vueltas en círculo. Quítelos y ponga el registro directamente."),
    "too_big": _("La respuesta no cabe en un paquete y el servidor no atiende por TCP. Avise a quien lo administra."),
    "garbage": _("Lo que respondió el servidor no es DNS. Avise a quien lo administra."),
    "no_zone": _("El dominio no está en el DNS: no existe, venció, o no tiene servidores de nombres."),
}
# domains.drivers.observer.Note → one server's answer, short
NOTES = {
    "found": _("otra cosa"),
    "no_name": _("el nombre no existe"),
    "no_record": _("sin ese registro"),
    "silence": _("no respondió a tiempo"),
    "broken": _("respondió con un error (SERVFAIL)"),
    "lame": _("no conoce el dominio"),
    "loop": _("CNAME en círculo"),
    "too_big": _("respuesta demasiado grande"),
    "garbage": _("respuesta incomprensible"),
    "no_zone": _("el dominio no está en el DNS"),
}
