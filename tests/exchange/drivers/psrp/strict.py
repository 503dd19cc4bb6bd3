"""What an Exchange endpoint accepts: a known cmdlet, known parameters of the right type, and nothing else.

``exchange_cmdlets.json`` is an extract of Microsoft's public reference (its source and licence stand at its head).
``further_cmdlets.json`` adds, by hand from the same reference, the few cmdlets that the extract lacks.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from psrpcore import Command, PowerShell
from psrpcore.types import PSSecureString

HERE = Path(__file__).parent
CMDLETS: dict[str, Any] = {
    name: cmdlet
    for file in ("exchange_cmdlets.json", "further_cmdlets.json")
    for name, cmdlet in json.loads((HERE / file).read_text())["cmdlets"].items()
}
VERSIONS = {"2016", "2019", "SE"}
"""What a parameter must exist in: the versions that we say we support."""
PROMPTING = ("Remove-", "Disable-")
"""These ask "are you sure?", and nobody sits at a remote endpoint: ``-Confirm:$false`` is needed."""


class Refused(Exception):
    """The endpoint does not run it. ``reason`` is the .NET exception, as in the error record's category."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def bound_parameters(pipeline: PowerShell) -> tuple[str, dict[str, Any]]:
    """Cmdlet and parameters of a pipeline that a NoLanguage endpoint would run. Refused otherwise.

    A SecureString comes out decrypted, as ``str``; every other value as what PowerShell would see.
    """
    if len(pipeline.commands) != 1:
        raise Refused("ParseException", "One command at a time")
    command = pipeline.commands[0]
    if command.is_script:
        raise Refused("PSNotSupportedException", "The syntax is not supported by this runspace (no-language mode).")
    name = str(command.command_text)
    known = CMDLETS.get(name)
    if known is None or not any("Server" in where for where in known["applicable"]):
        raise Refused("CommandNotFoundException", f"The term '{name}' is not recognized as the name of a cmdlet")
    bound = dict(_bind(name, known["params"], command))
    _require_a_set(name, known["sets"], bound)
    if name.startswith(PROMPTING) and bound.get("Confirm") is not False:
        raise Refused("HostException", f"{name}: a command that prompts the user failed: nobody is there to answer")
    return name, bound


def _bind(name: str, known: dict[str, Any], command: Command) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []
    for parameter, value in command.parameters:
        spec = known.get(str(parameter or "").lstrip("-"))
        if spec is None or not set(spec["applicable"]) >= VERSIONS:
            raise Refused("ParameterBindingException", f"{name}: no parameter matches the name '{parameter}'")
        if parameter in dict(seen):
            raise Refused("ParameterBindingException", f"{name}: '{parameter}' is specified more than once")
        seen.append((str(parameter), _converted(name, str(parameter), spec["type"], value)))
    return seen


def _converted(name: str, parameter: str, kind: str, value: Any) -> Any:
    if kind == "SecureString":
        if not isinstance(value, PSSecureString):
            raise _mismatch(name, parameter, kind, value)
        return str(value.decrypt())
    if isinstance(value, PSSecureString) or not _fits(kind, value):
        raise _mismatch(name, parameter, kind, value)
    return _plain(value)


def _fits(kind: str, value: Any) -> bool:
    if kind in ("SwitchParameter", "Boolean"):
        return isinstance(value, bool)
    if kind in ("Int32", "Int64", "UInt32"):
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "DateTime":
        return isinstance(value, datetime.datetime)
    if kind in ("MultiValuedProperty", "ProxyAddressCollection", "ProxyAddressTemplateCollection") or kind.endswith(
        "[]"
    ):
        return value is None or isinstance(value, str) or _is_list_of_text(value) or _is_change(value)
    return value is None or isinstance(
        value, str
    )  # identities, sizes, addresses, enumerations: PowerShell converts text


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_change(value: Any) -> bool:
    """``@{Add = ...; Remove = ...}``."""
    return isinstance(value, dict) and {str(key) for key in value} <= {"Add", "Remove"}


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, dict):
        return {
            str(key): [str(each) for each in ([one] if isinstance(one, str) else one)] for key, one in value.items()
        }
    if isinstance(value, int):
        return int(value)
    return value if isinstance(value, datetime.datetime) else str(value)


def _mismatch(name: str, parameter: str, kind: str, value: Any) -> Refused:
    found = "SecureString" if isinstance(value, PSSecureString) else type(value).__name__
    return Refused("ParameterBindingException", f"{name}: cannot convert a {found} to the {kind} of '{parameter}'")


def _require_a_set(name: str, sets: list[dict[str, Any]], bound: dict[str, Any]) -> None:
    """One parameter set of the cmdlet has all that it needs."""
    if not any(all(needed in bound for needed in each["required"]) for each in sets):
        raise Refused("ParameterBindingException", f"{name}: parameter set cannot be resolved: {sorted(bound)}")
