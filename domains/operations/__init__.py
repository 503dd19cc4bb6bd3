"""Everything remote that happens to domains. ``Job.operation`` ``"domains.<name>"`` is ``<name>`` here."""

from domains.operations.ownership import verify_ownership

__all__ = ["verify_ownership"]
