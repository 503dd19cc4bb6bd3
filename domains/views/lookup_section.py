"""Who holds a domain that is not ours, as RDAP or WHOIS told it, and when."""

from __future__ import annotations

from typing import Any

from accounts.requests import PanelRequest
from domains.looking_up_words import status_in_words
from domains.models import Domain, RegistryFacts


def lookup_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    """Nothing while a claim waits for its proof: anybody may claim a name."""
    is_claim = domain.kind == Domain.Kind.EXTERNAL and domain.state == Domain.State.PENDING
    if domain.kind == Domain.Kind.REGISTERED or domain.state in Domain.OVER or is_claim:
        return {}
    facts = RegistryFacts.objects.filter(domain=domain).first()
    states = [status_in_words(status) for status in facts.statuses] if facts else []
    return {
        "has_lookup": True,
        "is_unasked": facts is not None and "no server is known" in facts.reason,  # domains.drivers.lookup
        "facts": facts,
        "facts_states": states,
        "source": (facts.source if facts else "").upper(),
    }
