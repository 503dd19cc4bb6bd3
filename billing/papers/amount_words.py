"""``1116.00`` → ``MIL CIENTO DIECISÉIS PESOS 00/100 M.N.``, as Mexican invoices write their total."""

from __future__ import annotations

from decimal import Decimal

_SMALL = (
    *("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    *("trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno"),
    *("veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho"),
    "veintinueve",
)
_TENS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_HUNDREDS = (
    *("", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos"),
    *("seiscientos", "setecientos", "ochocientos", "novecientos"),
)
_CURRENCIES = {"MXN": ("peso", "pesos", "M.N."), "USD": ("dólar", "dólares", "USD"), "EUR": ("euro", "euros", "EUR")}


def amount_in_words(amount: Decimal, currency: str = "MXN") -> str:
    """In capitals, cents as hundredths. Amounts are positive and below a trillion (10**12)."""
    whole, hundredths = divmod(int(amount * 100), 100)
    one, many, sign = _CURRENCIES.get(currency, (currency, currency, currency))
    noun = one if whole == 1 else many
    of = "de " if whole and whole % 1_000_000 == 0 else ""
    return f"{number_in_words(whole)} {of}{noun} {hundredths:02d}/100 {sign}".upper()


def number_in_words(number: int) -> str:
    """Before a masculine noun: ``un``, ``veintiún``, ``treinta y un``."""
    if number == 0:
        return _SMALL[0]
    millions, rest = divmod(number, 1_000_000)
    parts = []
    if millions:
        parts.append("un millón" if millions == 1 else f"{_below_a_million(millions)} millones")
    if rest:
        parts.append(_below_a_million(rest))
    return " ".join(parts)


def _below_a_million(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    parts = []
    if thousands:
        parts.append("mil" if thousands == 1 else f"{_below_a_thousand(thousands)} mil")
    if rest:
        parts.append(_below_a_thousand(rest))
    return " ".join(parts)


def _below_a_thousand(number: int) -> str:
    if number == 100:
        return "cien"
    hundreds, rest = divmod(number, 100)
    parts = [_HUNDREDS[hundreds]] if hundreds else []
    if rest:
        parts.append(_below_a_hundred(rest))
    return " ".join(parts)


def _below_a_hundred(number: int) -> str:
    if number < 30:
        return {1: "un", 21: "veintiún"}.get(number, _SMALL[number])
    tens, rest = divmod(number, 10)
    return _TENS[tens] + (f" y {'un' if rest == 1 else _SMALL[rest]}" if rest else "")
