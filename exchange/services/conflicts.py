"""Two sessions wanted the same thing: the database let one in, and the other reads a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.exceptions import BusinessError

_TAKEN = _("Esta dirección ya está en uso (quizá en la papelera). Elija otra.")
_SENTENCES = {
    "mailbox_address_unique": (_TAKEN, "local_part"),
    "list_address_unique": (_TAKEN, "local_part"),
    "contact_once_per_subscription": (_("Ya hay un contacto con este correo."), "email"),
    "alias_address_unique": (_TAKEN, "local_part"),
    "user_email_unique": (
        _("Ya hay un usuario que ingresa con esta dirección. Elija otra, o “Usuario de servicio existente”."),
        "local_part",
    ),
    "mailbox_one_per_user": (_("Este usuario ya tiene un buzón: otra persona acaba de crearlo."), "user"),
    "template_name_unique": (_("Ya hay una plantilla con este nombre."), "name"),
    "template_one_default": (_("Otra persona cambió la plantilla predeterminada. Inténtelo de nuevo."), ""),
    "mail_domain_once_per_subscription": (_("Este dominio ya está en la lista."), "name"),
    "mail_domain_active_once": (_("Este dominio ya se usa en otra cuenta."), "name"),
}


@contextmanager
def conflicts_in_words() -> Iterator[None]:
    """Around a whole transaction: a broken promise of the tables becomes the BusinessError (code ``taken``) of its field."""
    try:
        yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if constraint not in _SENTENCES:
            raise
        message, field = _SENTENCES[constraint]
        raise BusinessError(str(message), field=field, code="taken") from error
