"""Sessions with the server (a runspace pool each), and the one way in which a cmdlet is run.

The endpoint is NoLanguage: one cmdlet and its parameters, never a script, so there is nothing that a value could
break out of. A session is used by one thread at a time and only by the process that opened it; the idle ones wait
for the next caller.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from pypsrp.complex_objects import ObjectMeta, PSInvocationState
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import NAMESPACES, WSMan, WSManAction

from cloudpanel.provisioning.errors import ConfigurationError, TransientError
from exchange.drivers.powershell.failures import ExchangeError, translated_line, was_not_run
from exchange.drivers.powershell.settings import PROVIDER, ExchangeSettings
from exchange.drivers.powershell.values import Found

CONFIGURATION = "Microsoft.Exchange"


class Secret:
    """A value that leaves this process only as a SecureString."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> str:
        return self._text


class Line(WSMan):  # type: ignore[misc]
    """pypsrp asks a server that has fallen silent six times over, minutes in all: longer than a job may take."""

    def receive(
        self,
        resource_uri: str,
        resource: Element,
        option_set: Any = None,
        selector_set: Any = None,
        timeout: int | None = None,
    ) -> Any:
        answer = self.invoke(WSManAction.RECEIVE, resource_uri, resource, option_set, selector_set, timeout)
        return answer.find("s:Body", namespaces=NAMESPACES)


class Session:
    """One open runspace pool."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self._settings = settings
        self.used_at = time.monotonic()
        try:
            self._wsman = Line(**settings.wsman_arguments())
        except ValueError as error:  # settings that do not go together
            raise ConfigurationError(f"exchange: {error}", provider=PROVIDER) from error
        self._pool = RunspacePool(self._wsman, configuration_name=CONFIGURATION)
        self._pool.open()

    def run(self, cmdlet: str, parameters: dict[str, Any]) -> list[Found]:
        """Raises ExchangeError for the first error record, and whatever the line raises."""
        shell = PowerShell(self._pool)
        shell.add_cmdlet(cmdlet)
        for name, value in parameters.items():
            shell.add_parameter(name, self._sent(value))
        shell.begin_invoke()
        self._await(cmdlet, shell)
        self.used_at = time.monotonic()
        if shell.streams.error:
            raise ExchangeError(cmdlet, shell.streams.error[0])
        with suppress(Exception):  # tidying up: the answer is in our hands
            shell.close()
        return [Found(received) for received in shell.output if hasattr(received, "extended_properties")]

    def _sent(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return _date_element(value)
        if not isinstance(value, Secret):
            return value
        self._pool.exchange_keys()
        return self._pool.serialize(value.reveal(), ObjectMeta("SS"))

    def _await(self, cmdlet: str, shell: PowerShell) -> None:
        ends_at = time.monotonic() + self._settings.command_timeout
        while shell.state == PSInvocationState.RUNNING:
            if time.monotonic() > ends_at:
                raise TransientError(f"{cmdlet}: no answer in {self._settings.command_timeout} s", provider=PROVIDER)
            shell.poll_invoke()

    def close(self) -> None:
        """Say goodbye; whoever does not hear it drops the shell after its idle time-out."""
        with suppress(Exception):
            self._pool.close()
        self.abandon()

    def abandon(self) -> None:
        """Without a word: the line is broken."""
        with suppress(Exception):
            self._wsman.close()


def _date_element(moment: datetime) -> Element:
    """MS-PSRP 2.2.5.1.4, which pypsrp reads but does not write."""
    element = Element("DT")
    element.text = moment.isoformat()
    return element


class Remote:
    """Runs cmdlets on at most ``settings.connections`` sessions at once."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self.settings = settings
        self._idle: deque[Session] = deque()
        self._places = threading.BoundedSemaphore(settings.connections)
        self._pid = os.getpid()

    def run(self, cmdlet: str, **parameters: Any) -> list[Found]:
        """One cmdlet; what it put out. ExchangeError for a refusal; TransientError and ConfigurationError for the way.

        None as a value is ``$null``: leave out what is not meant. A kept session may have died while it was idle: what
        is certain not to have run, and what only reads, is asked once more on a fresh one.
        """
        if self.settings.domain_controller:
            parameters["DomainController"] = self.settings.domain_controller
        try:
            with self._place():
                kept = self._kept()
                if kept is not None:
                    try:
                        return self._use(kept, cmdlet, parameters)
                    except Exception as error:
                        if not _may_be_repeated(cmdlet, error):
                            raise
                return self._use(Session(self.settings), cmdlet, parameters)
        except (ExchangeError, TransientError, ConfigurationError):
            raise
        except Exception as error:
            if (known := translated_line(error)) is None:
                raise
            raise known from error

    def close(self) -> None:
        """End the idle sessions."""
        while self._idle:
            self._idle.popleft().close()

    def _use(self, session: Session, cmdlet: str, parameters: dict[str, Any]) -> list[Found]:
        """A session is kept only when its line is known to be good: after an answer, be it a refusal."""
        try:
            found = session.run(cmdlet, parameters)
        except ExchangeError:
            self._idle.append(session)
            raise
        except BaseException:
            session.abandon()
            raise
        self._idle.append(session)
        return found

    def _kept(self) -> Session | None:
        while True:
            try:
                session = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - session.used_at < self.settings.idle_timeout:
                return session
            session.close()

    def _place(self) -> threading.BoundedSemaphore:
        """What a parent process opened is the parent's."""
        if self._pid != os.getpid():
            self._idle.clear()
            self._places = threading.BoundedSemaphore(self.settings.connections)
            self._pid = os.getpid()
        return self._places


def _may_be_repeated(cmdlet: str, error: Exception) -> bool:
    if isinstance(error, (ExchangeError, TransientError, ConfigurationError)):
        return False
    return was_not_run(error) or cmdlet.startswith("Get-")
