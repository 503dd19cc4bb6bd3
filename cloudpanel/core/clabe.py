"""CLABE: 3 digits bank, 3 place, 11 account, 1 check digit (Banco de México; weights 3, 7, 1, mod 10)."""

from __future__ import annotations

LENGTH = 18


def is_clabe(text: str) -> bool:
    if len(text) != LENGTH or not (text.isascii() and text.isdigit()):
        return False
    return int(text[-1]) == check_digit(text[:-1])


def check_digit(first_17: str) -> int:
    total = sum(int(digit) * (3, 7, 1)[index % 3] % 10 for index, digit in enumerate(first_17))
    return -total % 10
