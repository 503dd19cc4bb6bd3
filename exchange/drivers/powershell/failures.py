"""What goes wrong on the way to Exchange and in it, in the engine's words.

An error record names its .NET exception (``CategoryInfo.Reason``); its text is in the server's language and is never
shown to a customer. What the exceptions are called stands in Microsoft's reference and in administrators' reports;
one that we do not know is a refusal, with its text for support.
"""

from __future__ import annotations

from typing import Any

import requests.exceptions
from pypsrp.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError

from cloudpanel.provisioning.errors import ConfigurationError, DriverError, PermanentError, TransientError
from exchange.drivers.powershell.settings import PROVIDER

SHELL_IS_GONE = frozenset({2150858843, 2150858794})
"""ERROR_WSMAN_UNEXPECTED_SELECTORS, ERROR_WSMAN_CANNOT_CONNECT: the command was not run."""

NOT_FOUND = frozenset({"ManagementObjectNotFoundException"})
TAKEN = frozenset(
    {
        "ADObjectAlreadyExistsException",
        "ProxyAddressExistsException",
        "PropertyValueExistsException",
        "ADObjectEntryAlreadyExistsException",
        "WindowsLiveIdAlreadyUsedException",
        "SMTPAddressExistsException",
    }
)
MEMBERSHIP = frozenset({"MemberAlreadyExistsException", "MemberNotFoundException"})
NO_SUCH_RIGHT = frozenset({"ACENotFoundException"})
_PASSIVE = ("Transient", "Timeout", "OverBudget", "ServerNotSuitable", "Unavailable", "Suitability", "NetworkError")
_OURS = frozenset(
    {
        "CommandNotFoundException",
        "ParameterBindingException",
        "PSNotSupportedException",
        "ParseException",
        "SecurityException",
        "UnauthorizedAccessException",
        "HostException",
        "ParsingException",
    }
)
_WEAK_PASSWORD = frozenset({"ADInvalidPasswordException", "PasswordException", "ComplexPasswordException"})


class ExchangeError(Exception):
    """An error record. ``reason`` is the name of the .NET exception."""

    def __init__(self, cmdlet: str, record: Any) -> None:
        self.cmdlet = cmdlet
        self.reason = str(getattr(record, "reason", "") or "")
        self.message = str(record)
        super().__init__(f"{cmdlet}: {self.reason}: {self.message}")

    @property
    def is_not_found(self) -> bool:
        return self.reason in NOT_FOUND

    @property
    def is_taken(self) -> bool:
        return self.reason in TAKEN

    @property
    def is_settled(self) -> bool:
        """A member that is there already, or gone already; a right that is gone already."""
        return self.reason in MEMBERSHIP | NO_SUCH_RIGHT


def translated(error: ExchangeError) -> DriverError:
    """The engine's error for what a cmdlet answered."""
    if any(word in error.reason for word in _PASSIVE):
        return TransientError(str(error), provider=PROVIDER, response=error.message)
    if error.reason in _OURS:
        return ConfigurationError(f"{error} (version, role or rights?)", provider=PROVIDER, response=error.message)
    if error.reason in _WEAK_PASSWORD:
        return _refusal("La contraseña no cumple las reglas del servidor Exchange. Elija una más larga.", error)
    if error.is_taken:
        return _refusal("La dirección ya está en uso en el servidor Exchange.", error)
    if error.is_not_found:
        return _refusal("El objeto ya no existe en el servidor Exchange.", error)
    return _refusal("El servidor Exchange rechazó el cambio. Soporte puede ver el motivo.", error)


def _refusal(user_message: str, error: ExchangeError) -> PermanentError:
    return PermanentError(user_message, str(error), provider=PROVIDER, response=error.message)


def translated_line(error: Exception) -> DriverError | None:
    """The engine's error for a failure on the way there; None when it is none of those."""
    detail = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, (AuthenticationError, ImportError)):  # a library for this kind of sign-in is missing
        return ConfigurationError(detail, provider=PROVIDER)
    if isinstance(error, requests.exceptions.SSLError):
        return ConfigurationError(detail, provider=PROVIDER)
    if isinstance(error, WinRMTransportError):
        is_closed_door = error.code in (401, 403, 404)
        return (ConfigurationError if is_closed_door else TransientError)(detail, provider=PROVIDER)
    if type(error).__module__.startswith("spnego."):
        return ConfigurationError(detail, provider=PROVIDER)
    if isinstance(error, (WinRMError, OSError)):  # requests' own errors are OSErrors
        return TransientError(detail, provider=PROVIDER)
    return None


def was_not_run(error: Exception) -> bool:
    """The shell that we kept is gone: nothing was done, and a fresh one may be asked the same."""
    return isinstance(error, WSManFaultError) and error.code in SHELL_IS_GONE
