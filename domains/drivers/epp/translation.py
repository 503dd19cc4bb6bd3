"""EPP's result codes and epptools' exceptions, once, into the errors of the engine (RFC 5730, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from epptools.exceptions import CommandException, ConfigException, ConnectionException, ValidationException

from cloudpanel.provisioning.errors import ConfigurationError, DriverError, PermanentError, TransientError

Call = TypeVar("Call", bound=Callable[..., Any])

# Codes that the customer can understand. Everything else of the family 2xxx is ours to look into.
WORDS = {
    2104: "El registro no pudo cobrar esta operación; avisamos a soporte.",
    2105: "El registro no permite renovar este dominio en este momento.",
    2106: "El dominio no se puede transferir todavía: tiene menos de 60 días de registrado o transferido.",
    2201: "El dominio está a cargo de otro registrador.",
    2202: "La clave de autorización no es correcta.",
    2300: "El dominio ya tiene una transferencia en curso.",
    2301: "El dominio no tiene ninguna transferencia en curso.",
    2302: "El dominio ya está registrado.",
    2303: "El dominio no existe en el registro.",
    2304: "El estado del dominio no lo permite: puede estar bloqueado por su titular o por el registro.",
    2305: "Otros objetos del registro dependen de él.",
    2306: "Las reglas del registro no lo permiten.",
    2308: "Las reglas del registro no lo permiten.",
}
TRANSIENT = frozenset({2400, 2500, 2502})
OURS = frozenset({2104, 2200, 2501})
"""Credentials and credit: support must act."""


def translated(error: Exception, provider: str) -> DriverError:
    if isinstance(error, CommandException):
        return _of_code(error, provider)
    if isinstance(error, ConfigException):
        return ConfigurationError(str(error), provider=provider)
    if isinstance(error, ConnectionException):
        kind = ConfigurationError if "CERTIFICATE_VERIFY_FAILED" in str(error) else TransientError
        return kind(str(error), provider=provider)
    if isinstance(error, ValidationException):
        return PermanentError("El registro no aceptaría estos datos.", str(error), provider=provider)
    return TransientError(f"unreadable answer: {error!r}", provider=provider)


def _of_code(error: CommandException, provider: str) -> DriverError:
    code, detail = error.epp_code, f"{error} {'; '.join(error.reasons())}".strip()
    if code in OURS:
        return ConfigurationError(detail, provider=provider, response=code)
    if code in TRANSIENT:
        return TransientError(detail, provider=provider, response=code)
    words = WORDS.get(code, "El registro rechazó la operación. Soporte puede decirle por qué.")
    return PermanentError(words, detail, provider=provider, response=code)


def speaks_epp(call: Call) -> Call:
    """Whatever epptools throws leaves the driver as one of our errors."""

    @wraps(call)
    def translating(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return call(self, *args, **kwargs)
        except DriverError:
            raise
        except (CommandException, ConfigException, ConnectionException, ValidationException) as error:
            raise translated(error, self.provider) from error

    return translating  # type: ignore[return-value]
