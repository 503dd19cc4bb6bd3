"""Everything about domains that the panel remembers."""

from domains.models.contacts import Contact
from domains.models.domains import Domain, DomainQuerySet
from domains.models.proofs import OwnershipProof

__all__ = ["Contact", "Domain", "DomainQuerySet", "OwnershipProof"]
