"""What every driver refuses before it asks the mail system: mistakes of the caller, raised as ValueError."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from exchange.drivers.addresses import require_address, require_domain, require_external_address
from exchange.drivers.base import (
    Access,
    AutoReply,
    ContactSpec,
    Forwarding,
    Grants,
    ListSpec,
    MailboxKind,
    MailboxSpec,
)
from exchange.drivers.passwords import require_verifiable

MAX_QUOTA_MB = 2**31 - 1
MAX_DISPLAY_NAME = 200
MAX_SUBJECT = 200
MAX_REPLY = 20_000


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
    require_display_name(spec.display_name)
    if spec.kind == MailboxKind.SHARED and spec.password_hash is not None:
        raise ValueError("nobody signs in to a shared mailbox")


def require_distinct(specs: Sequence[MailboxSpec]) -> None:
    """One mailbox twice in a batch would have two wishes for one row."""
    if len({spec.id for spec in specs}) != len(specs):
        raise ValueError("the same mailbox twice in one batch")


def require_display_name(name: str) -> None:
    """Raise ValueError for a name that no mail system would keep."""
    if len(name) > MAX_DISPLAY_NAME or any(sign in name for sign in "\x00\r\n"):
        raise ValueError("display name too long, or of several lines")


def require_grants(mailbox_id: UUID, grants: Grants) -> dict[UUID, frozenset[Access]]:
    """The grants that say something; ValueError for one to the mailbox itself."""
    said = {grantee: frozenset(kinds) for grantee, kinds in grants.items() if kinds}
    if mailbox_id in said:
        raise ValueError("a mailbox needs no grant to itself")
    return said


def require_forwarding(forwarding: Forwarding | None) -> None:
    """Raise ValueError for a target that no mail could reach."""
    if forwarding is not None:
        require_external_address(forwarding.target)


def require_auto_reply(reply: AutoReply | None) -> None:
    """Raise ValueError for a reply that cannot be sent, or never would be."""
    if reply is None:
        return
    if len(reply.subject) > MAX_SUBJECT or any(sign in reply.subject for sign in "\x00\r\n"):
        raise ValueError("subject too long, or of several lines")
    if not reply.text.strip() or len(reply.text) > MAX_REPLY or "\x00" in reply.text or "\r" in reply.text:
        raise ValueError("reply empty, too long, or with control characters")
    times = [moment for moment in (reply.starts_at, reply.ends_at) if moment is not None]
    if any(moment.tzinfo is None for moment in times) or (len(times) == 2 and times[0] >= times[1]):
        raise ValueError("times without zone, or an end before the beginning")
    for name in reply.internal_domains:
        require_domain(name)


def require_list(spec: ListSpec) -> None:
    """Raise ValueError unless a mail system could hold this list."""
    require_address(spec.address)
    require_display_name(spec.display_name)
    if spec.id in spec.member_ids:
        raise ValueError("a list cannot be its own member")


def require_contact(spec: ContactSpec) -> None:
    """Raise ValueError unless a mail system could hold this contact."""
    require_external_address(spec.external_address)
    require_display_name(spec.display_name)
