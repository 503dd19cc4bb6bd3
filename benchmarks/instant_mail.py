"""A mail system that says yes at once."""

from __future__ import annotations

from exchange.drivers.passwords import hash_password


class InstantMailDriver:
    """Hashes are what Dovecot gets."""

    def __init__(self, config: object = None) -> None:
        """Nothing to reach."""

    def ensure_mailboxes(self, specs: list[object]) -> dict[object, str]:
        return {spec.id: "created" for spec in specs}  # type: ignore[attr-defined]

    def hash_password(self, plain: str) -> str:
        return hash_password(plain)
