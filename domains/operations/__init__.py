"""Everything remote that happens to domains. ``Job.operation`` ``"domains.<name>"`` is ``<name>`` here."""

from domains.operations.doctor import examine
from domains.operations.looking_up import look_up
from domains.operations.ownership import verify_ownership

__all__ = ["examine", "look_up", "verify_ownership"]
