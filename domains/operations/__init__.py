"""Everything remote that happens to domains. ``Job.operation`` ``"domains.<name>"`` is ``<name>`` here."""

from domains.operations.doctor import examine
from domains.operations.looking_up import look_up
from domains.operations.ownership import verify_ownership
from domains.operations.zones import compare_zone, publish_zone, withdraw_zone

__all__ = ["compare_zone", "examine", "look_up", "publish_zone", "verify_ownership", "withdraw_zone"]
