"""The states of a domain as registries write them (RFC 5731, RFC 3915, RFC 8056), in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATUSES = {
    "ok": _("sin restricciones"),
    "active": _("sin restricciones"),
    "inactive": _("sin servidores de nombres"),
    "clienttransferprohibited": _("bloqueado contra transferencias"),
    "servertransferprohibited": _("bloqueado contra transferencias por el registro"),
    "clientupdateprohibited": _("protegido contra cambios"),
    "serverupdateprohibited": _("protegido contra cambios por el registro"),
    "clientdeleteprohibited": _("protegido contra bajas"),
    "serverdeleteprohibited": _("protegido contra bajas por el registro"),
    "clientrenewprohibited": _("no se puede renovar"),
    "serverrenewprohibited": _("no se puede renovar, por el registro"),
    "clienthold": _("detenido por su proveedor: no funciona en el DNS"),
    "serverhold": _("detenido por el registro: no funciona en el DNS"),
    "pendingtransfer": _("en transferencia"),
    "pendingdelete": _("por borrarse"),
    "pendingcreate": _("registrándose"),
    "pendingrenew": _("renovándose"),
    "pendingupdate": _("con un cambio en proceso"),
    "pendingrestore": _("volviendo del rescate"),
    "redemptionperiod": _("en rescate"),
    "addperiod": _("recién registrado"),
    "autorenewperiod": _("recién renovado"),
    "renewperiod": _("recién renovado"),
    "transferperiod": _("recién transferido"),
}


def status_in_words(status: str) -> str | Promise:
    """What nobody knows is shown as the registry wrote it."""
    return STATUSES.get(status.replace(" ", "").replace("_", "").lower(), status)
