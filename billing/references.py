"""What a SPEI transfer carries, so that it finds its invoice."""

from __future__ import annotations

REFERENCE_SEQUENCE = "billing_payment_reference_seq"


def reference_of(number: int) -> str:
    """Ten digits and a check digit (mod 10, Luhn), so that a mistyped transfer is not booked elsewhere."""
    digits = f"{number:010d}"
    return digits + str(-_luhn_sum(digits, shift=1) % 10)


def is_reference(text: str) -> bool:
    """Whether ``text`` may be one of ours: eleven digits whose last one agrees."""
    return len(text) == 11 and text.isascii() and text.isdigit() and _luhn_sum(text) % 10 == 0


def _luhn_sum(digits: str, shift: int = 0) -> int:
    doubled = [int(digit) * (1 + (index + shift) % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled)
