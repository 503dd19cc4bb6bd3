"""Which addresses may be handed out.

Less than RFC 5321 (section 4.1.2) and RFC 5322 (section 3.4.1) allow: what stands before the ``@`` is ``a-z 0-9 . _ -``.
``+`` is the mail server's separator of details (RFC 5233): ``ana+compras@`` already reaches ``ana@``. The mail driver
holds the same rules; a test holds the two against each other.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError

MAX_LOCAL = 64  # RFC 5321, section 4.5.3.1.1
MAX_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3

_LOCAL = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_-])?")

# RFC 2142 names these for the ones who run the domain; nobody shall get one by chance.
RESERVED = frozenset(
    {
        "abuse", "admin", "administrator", "autodiscover", "autoconfig", "hostmaster", "mailer-daemon", "noc", "noreply",
        "no-reply", "postmaster", "root", "security", "ssladmin", "ssladministrator", "sslwebmaster", "sysadmin",
        "usenet", "uucp", "webmaster",
    }
)  # fmt: skip

_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def clean_local_part(text: str, *, field: str = "local_part") -> str:
    """The part before the ``@`` in lower case; BusinessError says what is wrong with it."""
    local = text.strip().lower()
    if not local:
        raise BusinessError(_("Escriba el inicio de sesión."), field=field)
    if "@" in local:
        raise BusinessError(_("Escriba solo lo que va antes de la arroba y elija el dominio de la lista."), field=field)
    if len(local) > MAX_LOCAL:
        raise BusinessError(_("Lo que va antes de la arroba puede tener 64 caracteres como máximo."), field=field)
    if "+" in local:
        raise BusinessError(
            _("El signo + no se usa aquí: lo que llega a ana+compras@ ya se entrega a ana@."), field=field
        )
    if not local.isascii():
        raise BusinessError(_("Use letras sin acentos ni ñ; el nombre para mostrar sí puede llevarlos."), field=field)
    if ".." in local or not _LOCAL.fullmatch(local):
        raise BusinessError(
            _("Use letras, números, punto, guion y guion bajo; sin espacios y sin punto al principio o al final."),
            field=field,
        )
    if local in RESERVED:
        raise BusinessError(
            _("“%(name)s” está reservado para quien administra el correo.") % {"name": local}, field=field
        )
    return local


def join_address(local_part: str, domain: str, *, field: str = "local_part") -> str:
    """``local@domain``, both already clean; BusinessError when together they are too long."""
    address = f"{local_part}@{domain}"
    if len(address) > MAX_ADDRESS:
        raise BusinessError(_("La dirección completa puede tener 254 caracteres como máximo."), field=field)
    return address


def clean_outside_address(text: str, *, field: str = "email") -> str:
    """An address anywhere that mail can go to, in lower case, its domain in A-labels; BusinessError says what is wrong.

    What stands before the ``@`` is a dot-atom (RFC 5322, section 3.2.3): other systems allow more signs than we do.
    """
    local, at, domain = text.strip().lower().rpartition("@")
    if not at or not local:
        raise BusinessError(_("Escriba una dirección completa, por ejemplo ana@empresa.com.mx."), field=field)
    if not local.isascii() or len(local) > MAX_LOCAL or not _ATOM.fullmatch(local):
        raise BusinessError(_("Lo que va antes de la arroba tiene signos que el correo no admite."), field=field)
    address = f"{local}@{clean_domain(domain, field=field)}"
    if len(address) > MAX_ADDRESS:
        raise BusinessError(_("La dirección completa puede tener 254 caracteres como máximo."), field=field)
    return address
