"""Microsoft Exchange Server by remote PowerShell."""

from exchange.drivers.powershell.driver import PowerShellMailDriver

__all__ = ["PowerShellMailDriver"]
