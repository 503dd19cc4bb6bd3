"""Everything remote that happens to domains. ``Job.operation`` ``"domains.<name>"`` is ``<name>`` here."""

from domains.operations.comparing import compare_domains
from domains.operations.departing import answer_departure
from domains.operations.doctor import examine
from domains.operations.keeping import renew_domain, set_auth_code, update_domain
from domains.operations.listening import listen_to_registry
from domains.operations.looking_up import look_up
from domains.operations.ownership import verify_ownership
from domains.operations.reproving import reprove
from domains.operations.searching import search_names
from domains.operations.transferring import transfer_domain
from domains.operations.zones import compare_zone, publish_zone, withdraw_zone

__all__ = [
    "answer_departure",
    "compare_domains",
    "compare_zone",
    "examine",
    "listen_to_registry",
    "look_up",
    "publish_zone",
    "renew_domain",
    "reprove",
    "search_names",
    "set_auth_code",
    "transfer_domain",
    "update_domain",
    "verify_ownership",
    "withdraw_zone",
]
