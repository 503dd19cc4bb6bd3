from domains.drivers.observer.answers import Answer, Note, Seen
from domains.drivers.observer.observer import DnsObserver, Question

__all__ = ["Answer", "DnsObserver", "Note", "Question", "Seen"]
