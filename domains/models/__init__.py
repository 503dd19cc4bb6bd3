"""Everything about domains that the panel remembers."""

from domains.models.contacts import Contact
from domains.models.domains import Domain, DomainQuerySet

__all__ = ["Contact", "Domain", "DomainQuerySet"]
