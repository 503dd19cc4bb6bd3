from domains.drivers.lookup.lookup import DomainLookup, Found, Standing

__all__ = ["DomainLookup", "Found", "Standing"]
