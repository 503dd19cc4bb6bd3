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


def near_references(text: str) -> set[str]:
    """The references that ``text`` may have been meant as: one digit mistyped, missing or too many, two neighbours swapped,
    or the leading zeros left out. Only valid ones; the given one is not among them."""
    if not (text.isascii() and text.isdigit()) or not 4 <= len(text) <= 12:
        return set()
    padded = text if len(text) >= 10 else text.zfill(11)
    near = {padded.zfill(11), *_mistyped(padded), *_swapped(padded)}
    if len(padded) == 10:
        near |= {padded[:i] + digit + padded[i:] for i in range(11) for digit in "0123456789"}
    if len(padded) == 12:
        near |= {padded[:i] + padded[i + 1 :] for i in range(12)}
    return {each for each in near if each != text and is_reference(each)}


def _mistyped(text: str) -> set[str]:
    return {text[:i] + digit + text[i + 1 :] for i in range(len(text)) for digit in "0123456789"}


def _swapped(text: str) -> set[str]:
    return {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
