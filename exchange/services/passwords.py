"""Passwords of mailboxes: which are good enough, and how one is made up."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _

from accounts.validators import MINIMUM_SCORE, password_score
from cloudpanel.core.exceptions import BusinessError

MIN_LENGTH = 10
MAX_LENGTH = 128
# No look-alikes (0 O, 1 l I): somebody will read it from a screen and type it into a telephone.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS, GROUP_LENGTH = 4, 4


def clean_password(text: str, *words: str, field: str = "password") -> str:
    """``text`` when it may be a mailbox's password. ``words`` are what an attacker would try first (name, address)."""
    if len(text) < MIN_LENGTH:
        raise BusinessError(_("La contraseña necesita 10 caracteres como mínimo."), field=field)
    if len(text) > MAX_LENGTH:
        raise BusinessError(_("La contraseña puede tener 128 caracteres como máximo."), field=field)
    if not text.isprintable():
        raise BusinessError(_("La contraseña tiene caracteres que no se pueden escribir en un teclado."), field=field)
    if password_score(text, *words) < MINIMUM_SCORE:
        raise BusinessError(
            _("Esta contraseña es fácil de adivinar. Use varias palabras poco comunes o hágala más larga."), field=field
        )
    return text


def generate_password() -> str:
    """Sixteen random signs in four groups: 93 bits, readable aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
