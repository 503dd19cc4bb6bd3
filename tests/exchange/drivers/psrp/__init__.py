"""A strict stand-in for an Exchange server's remote PowerShell, on loopback: WSMan, PSRP, cmdlets, and what they keep."""

from tests.exchange.drivers.psrp.stand_in import ExchangeStandIn, Fault

__all__ = ["ExchangeStandIn", "Fault"]
