"""Everything about domains that the panel remembers."""

from domains.models.contacts import Contact
from domains.models.domains import Domain, DomainQuerySet
from domains.models.facts import Checkup, RegistryFacts
from domains.models.findings import DomainFinding
from domains.models.proofs import OwnershipProof
from domains.models.searches import DomainSearch, SearchedName
from domains.models.transfers import DomainTransfer
from domains.models.zones import Zone, ZoneRecord, ZoneVersion

__all__ = [
    "Checkup",
    "Contact",
    "Domain",
    "DomainFinding",
    "DomainQuerySet",
    "DomainSearch",
    "DomainTransfer",
    "OwnershipProof",
    "RegistryFacts",
    "SearchedName",
    "Zone",
    "ZoneRecord",
    "ZoneVersion",
]
