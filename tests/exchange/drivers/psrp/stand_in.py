"""The whole: a WSMan server, an organization behind it, and bad luck on order."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from psrpcore import ServerPipeline
from psrpcore.types import ErrorCategory, ErrorCategoryInfo, NETException, PSGuid, PSObject

from tests.exchange.drivers.psrp.cmdlets import HANDLERS
from tests.exchange.drivers.psrp.organization import Organization, Row, is_guid
from tests.exchange.drivers.psrp.strict import Refused, bound_parameters
from tests.exchange.drivers.psrp.wsman import Cut, WsmanServer

USERNAME, PASSWORD = "CLIENTES\\panel", "Clave-del-panel-1"
UNIT = "clientes.example/Clientes"


@dataclass
class Fault:
    """What befalls the next call of ``cmdlet`` (any, when empty), after ``skip`` calls that go well.

    ``kind``: ``cut_before`` (the line breaks, nothing was done), ``cut_after`` (it was done, the answer is lost),
    ``error`` (refused with ``reason`` and ``message``), ``slow`` (it takes ``seconds``), ``silent`` (it was done, and then
    every answer takes ``seconds``, until ``reset``).
    """

    kind: str
    cmdlet: str = ""
    skip: int = 0
    reason: str = "ADTransientException"
    message: str = "The Active Directory server is not available."
    seconds: float = 0.0


class ExchangeStandIn:
    """``organization`` is what it keeps, ``calls`` what was run, ``faults`` what is going to go wrong, once each."""

    def __init__(self) -> None:
        self.organization = Organization()
        self.calls: list[tuple[str, Row]] = []
        self.faults: list[Fault] = []
        self._lock = threading.RLock()
        self.server = WsmanServer(self._execute, username=USERNAME, password=PASSWORD)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Configuration of a driver that talks to this stand-in."""
        return {
            "server": self.server.host,
            "port": self.server.port,
            "ssl": False,
            "auth": "basic",
            "encryption": "never",
            "username": USERNAME,
            "password": PASSWORD,
            "organizational_unit": UNIT,
            "connect_timeout": 2,
            "command_timeout": 10,
            **changes,
        }

    def reset(self) -> None:
        self.organization = Organization()
        self.calls.clear()
        self.faults.clear()
        self.server.received.clear()
        self.server.delay_seconds = 0

    def close(self) -> None:
        self.server.close()

    def ran(self) -> list[str]:
        return [name for name, _given in self.calls]

    def _execute(self, pipeline: ServerPipeline, command: Any) -> None:
        pipeline.start()
        name = str(command.commands[0].command_text)
        fault = self._fault_for(name)
        if fault and fault.kind == "cut_before":
            raise Cut
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        try:
            if fault and fault.kind == "error":
                raise Refused(fault.reason, fault.message)
            self._run(pipeline, command)
        except Refused as refusal:
            _write_error(pipeline, name, refusal)
        pipeline.complete()
        if fault and fault.kind == "silent":
            self.server.delay_seconds = fault.seconds
        if fault and fault.kind == "cut_after":
            raise Cut

    def _run(self, pipeline: ServerPipeline, command: Any) -> None:
        name, given = bound_parameters(command)
        with self._lock:
            self.calls.append((name, dict(given)))
            rows = HANDLERS[name](self.organization, given)
        for row in rows:
            pipeline.write_output(_as_object(row))

    def _fault_for(self, name: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.cmdlet in ("", name):
                    if fault.skip == 0:
                        self.faults.remove(fault)
                        return fault
                    fault.skip -= 1
                    return None
        return None


def _as_object(row: Row) -> PSObject:
    """Properties as they come over the wire: identities as Guid, addresses as objects that print as text."""
    shown = PSObject()
    for key, value in row.items():
        given = PSGuid(value) if key in ("Guid", "ExchangeGuid", "MailboxGuid") and is_guid(str(value)) else value
        _set(shown, key, _printing(value) if key == "PrimarySmtpAddress" else given)
    return shown


def _set(shown: PSObject, key: str, value: Any) -> None:
    from psrpcore.types import PSNoteProperty

    shown.PSObject.extended_properties.append(PSNoteProperty(key, value=value))


def _printing(text: str) -> PSObject:
    """``Deserialized.Microsoft.Exchange.Data.SmtpAddress``: nothing but its text."""
    shown = PSObject()
    shown.PSObject.to_string = text
    return shown


def _write_error(pipeline: ServerPipeline, name: str, refusal: Refused) -> None:
    pipeline.write_error(
        NETException(Message=refusal.message, HResult=-2146233087),
        category_info=ErrorCategoryInfo(Category=ErrorCategory.NotSpecified, Activity=name, Reason=refusal.reason),
        fully_qualified_error_id=f"[Server=EX1,RequestId=0,TimeStamp=0] [FailureCategory=Cmdlet-{refusal.reason}] 1,{name}",
    )
