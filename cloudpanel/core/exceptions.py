"""What a service raises when a rule of the business says no."""

from __future__ import annotations


class BusinessError(Exception):
    """A rule refused the change; nothing was written.

    ``user_message`` is a Spanish sentence for the screen. ``field`` names the form field that it belongs to, or is
    empty when it concerns the whole form. ``code`` is stable, for tests and for views that react to one case.
    """

    def __init__(self, user_message: str, *, field: str = "", code: str = "") -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.field = field
        self.code = code

    def __str__(self) -> str:
        return str(self.user_message)
