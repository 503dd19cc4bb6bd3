from domains.drivers.epp.driver import EppDriver

__all__ = ["EppDriver"]
