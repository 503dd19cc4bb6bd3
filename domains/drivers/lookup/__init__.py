from domains.drivers.lookup.found import Found, Standing
from domains.drivers.lookup.lookup import DomainLookup

__all__ = ["DomainLookup", "Found", "Standing"]
