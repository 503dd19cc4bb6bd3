"""The five ways in which a driver call ends: it returns, or it raises one of these four.

Plain Python: drivers import it and know nothing of Django. Whatever else escapes from a driver is an
*internal* failure: recorded, reported, and never retried blindly.
"""

from __future__ import annotations


class DriverError(Exception):
    """Base of what a driver may raise. ``detail`` is for support staff, never for the customer."""

    def __init__(self, detail: str = "", *, provider: str = "", response: object = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.provider = provider
        self.response = response


class TransientError(DriverError):
    """The other side is busy, slow or away; the same call may succeed later.

    ``retry_after`` is in seconds; ``None`` leaves the wait to the retry policy. Raise it for a lost
    answer too: operations are *ensures*, so asking again is safe.
    """

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, provider: str = "", response: object = None
    ):
        super().__init__(detail, provider=provider, response=response)
        self.retry_after = retry_after


class PermanentError(DriverError):
    """The other side understood and refused; asking again is useless.

    ``user_message`` is the Spanish sentence that the customer reads.
    """

    def __init__(self, user_message: str, detail: str = "", *, provider: str = "", response: object = None) -> None:
        super().__init__(detail or user_message, provider=provider, response=response)
        self.user_message = user_message


class ConfigurationError(DriverError):
    """Our own set-up is wrong (address, credentials, schema): support must act, the customer cannot."""


class StillRunning(DriverError):
    """The other side accepted the work and has not finished. Ask again after ``poll_after`` seconds.

    Does not count as an attempt: only the job's deadline ends the waiting.
    """

    def __init__(
        self, detail: str = "", *, poll_after: float = 10.0, provider_ref: str = "", provider: str = ""
    ) -> None:
        super().__init__(detail, provider=provider)
        self.poll_after = poll_after
        self.provider_ref = provider_ref
