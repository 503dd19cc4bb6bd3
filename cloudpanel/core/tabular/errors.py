"""What every reader of tables raises."""

from __future__ import annotations


class UnreadableFile(Exception):
    """``user_message`` says in the person's words why, and what to do."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message
