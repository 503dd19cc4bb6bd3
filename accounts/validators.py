"""Password strength by zxcvbn: guesses an attacker would need, not character classes (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from accounts.models import User

MINIMUM_SCORE = 3  # of 4: "safely unguessable"
# zxcvbn knows English, names and leaked lists, but hardly the words that Spanish speakers reach for.
SPANISH_WORDS = tuple((Path(__file__).parent / "spanish_passwords.txt").read_text().split())
MAXIMUM_LENGTH = 72  # zxcvbn looks at no more; longer ones are judged by their beginning


def password_score(password: str, *words: str) -> int:
    """0 (too guessable) to 4 (very unguessable). ``words`` are what an attacker knows of the person."""
    if not password:
        return 0
    return int(zxcvbn(password[:MAXIMUM_LENGTH], user_inputs=[*SPANISH_WORDS, *filter(None, words)])["score"])


class StrengthValidator:
    """For AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: User | None = None) -> None:
        words = (user.email, user.name) if isinstance(user, User) else ()
        if password_score(password, *words) < MINIMUM_SCORE:
            raise ValidationError(
                _("Esta contraseña es fácil de adivinar. Use varias palabras poco comunes o hágala más larga."),
                code="password_too_guessable",
            )

    def get_help_text(self) -> str:
        return _("Debe ser difícil de adivinar: varias palabras poco comunes funcionan mejor que símbolos sueltos.")
