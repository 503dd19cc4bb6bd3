from domains.drivers.dns.publisher import ZonePublisher

__all__ = ["ZonePublisher"]
