"""What every driver refuses before it asks the mail system: mistakes of the caller, raised as ValueError."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.drivers.addresses import require_address
from exchange.drivers.base import MailboxSpec
from exchange.drivers.passwords import require_verifiable

MAX_QUOTA_MB = 2**31 - 1
MAX_DISPLAY_NAME = 200


def require_quota(quota_mb: int) -> int:
    """Return the limit; 0 would mean "unlimited" to Dovecot, which nobody sells."""
    if not 1 <= quota_mb <= MAX_QUOTA_MB:
        raise ValueError(f"quota out of range: {quota_mb} MiB")
    return quota_mb


def require_password_hash(password_hash: str | None) -> str | None:
    """Return the hash; a plain password or an unknown scheme is a ValueError that does not repeat it."""
    return password_hash if password_hash is None else require_verifiable(password_hash)


def require_mailbox(spec: MailboxSpec) -> None:
    """Raise ValueError unless the mail system could hold this mailbox."""
    require_address(spec.address)
    require_quota(spec.quota_mb)
    require_password_hash(spec.password_hash)
    if len(spec.display_name) > MAX_DISPLAY_NAME or "\x00" in spec.display_name:
        raise ValueError("display name too long, or with NUL")


def require_distinct(specs: Sequence[MailboxSpec]) -> None:
    """One mailbox twice in a batch would have two wishes for one row."""
    if len({spec.id for spec in specs}) != len(specs):
        raise ValueError("the same mailbox twice in one batch")
