"""What a bank's list of movements says, row by row: dates, amounts and names as Mexican banks write them.

Everything here is a pure function of the file. A row that cannot be understood is told as such; it stops nobody else's.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.core.folding import fold
from cloudpanel.core.tabular.columns import IGNORED, Column, fold_heading, match_columns, missing_columns
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.reading import detect_layout, read_records

HEADING_WITHIN = 30  # rows: banks write the account's data above the table
MOST_ROWS = 20_000
LARGEST = Decimal("99999999999.99")
MONTH_NAMES = (
    ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
MONTHS = {name: number for names in MONTH_NAMES for number, name in enumerate(names, 1)}

COLUMNS = (
    Column(
        "booked_on",
        gettext_lazy("Fecha"),  # type: ignore[arg-type]
        (
            *("fecha de operación", "fecha operación", "fecha de aplicación", "fecha de abono", "fecha valor", "date"),
            *("fecha de registro", "fecha y hora", "día", "fecha oper", "fecha mov", "fecha movimiento"),
        ),
        is_required=True,
    ),
    Column(
        "amount",
        gettext_lazy("Abono"),  # type: ignore[arg-type]
        (
            *("abonos", "depósito", "depósitos", "importe", "monto", "crédito", "créditos", "importe abono", "amount"),
            *("importe del abono", "cantidad", "credit", "deposit", "importe (mxn)", "monto mxn", "monto abono"),
            *("importe de crédito", "importe del crédito", "monto de crédito", "monto del crédito", "monto del abono"),
        ),
        is_required=True,
    ),
    Column(
        "charge",
        gettext_lazy("Cargo"),  # type: ignore[arg-type]
        (
            *("cargos", "retiro", "retiros", "débito", "débitos", "debit", "importe cargo", "importe del cargo"),
            *("monto cargo", "importe de débito", "importe del débito", "monto de débito", "monto del débito"),
        ),
    ),
    Column(
        "reference",
        gettext_lazy("Referencia"),  # type: ignore[arg-type]
        (
            *("referencia numérica", "número de referencia", "no. de referencia", "ref", "ref. numérica", "reference"),
            *("referencia ordenante", "referencia interbancaria", "referencia bancaria", "referencia de cliente"),
            *("referencia del cliente", "referencia de pago", "referencia spei", "referencia leyenda"),
        ),
    ),
    Column(
        "concept",
        gettext_lazy("Concepto"),  # type: ignore[arg-type]
        (
            *("concepto de pago", "concepto pago", "descripción", "detalle", "leyenda", "description", "motivo"),
            *("concepto del pago", "descripción detallada", "concepto / referencia", "referencia / concepto", "texto"),
            *(
                "descripción adicional",
                "concepto spei",
                "observaciones",
                "comentarios",
                "narrativa",
                "información adicional",
            ),
        ),
    ),
    Column(
        "tracking_key",
        gettext_lazy("Clave de rastreo"),  # type: ignore[arg-type]
        (
            *("rastreo", "cve de rastreo", "cve rastreo", "clave rastreo", "tracking key", "folio de rastreo"),
            *("cve rast", "clave de rastreo spei"),
        ),
    ),
    Column(
        "folio",
        gettext_lazy("Folio"),  # type: ignore[arg-type]
        ("número de movimiento", "movimiento", "no. movimiento", "autorización", "número de operación"),
    ),
    Column(
        "sender",
        gettext_lazy("Ordenante"),  # type: ignore[arg-type]
        (
            *("nombre ordenante", "nombre del ordenante", "ordenante / beneficiario", "titular", "cliente", "sender"),
            *("emisor", "nombre", "remitente"),
        ),
    ),
    Column("kind", gettext_lazy("Tipo"), ("tipo de movimiento", "cargo/abono", "naturaleza", "signo", "c/a")),  # type: ignore[arg-type]
)
CHARGES = frozenset({"c", "d", "-"})
CHARGE_WORDS = re.compile(r"(cargo|retiro|debito?|egreso|salida|comision|compra|envi(o|ad[oa]))s?\b|.*\benviad[oa]s?\b")
SUMS = re.compile(r"(sub)?total|suma|saldo")
TEXTS = frozenset({"reference", "concept"})  # what two columns of a file may tell together
BETWEEN = " / "
NOTHING = frozenset("-\u2013\u2014")  # dashes in an empty cell


@dataclass(frozen=True, slots=True)
class Movement:
    """One deposit. ``key`` is the same in every file that tells it."""

    booked_on: date
    amount: Decimal
    reference: str = ""
    concept: str = ""
    tracking_key: str = ""
    sender: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class BankRow:
    """``movement`` is None for what is no deposit (``problem`` empty) and for what cannot be read (``problem`` says why)."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    movement: Movement | None = None
    problem: str = ""


def read_bank_file(content: bytes, filename: str, today: date) -> list[BankRow]:
    """Raises UnreadableFile, with a sentence, when there is no table with a date and an amount in it."""
    rows = [(each.number, each.cells) for each in read_records(content, detect_layout(content, filename))]
    position, mapping = _headings(rows)
    body = rows[position + 1 :]
    if not body:
        raise UnreadableFile(_("El archivo no tiene movimientos."))
    if len(body) > MOST_ROWS:
        raise UnreadableFile(_("El archivo tiene más de %(most)s renglones. Divídalo.") % {"most": MOST_ROWS})
    return list(_numbered([_row(number, _facts(cells, mapping), today) for number, cells in body]))


def _headings(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    for position, (_number, cells) in enumerate(rows[:HEADING_WITHIN]):
        headings = [_without_unit(cell) for cell in cells]
        mapping = match_columns(headings, COLUMNS)
        if not missing_columns(mapping, COLUMNS):
            return position, [name or _second_text(heading) for name, heading in zip(mapping, headings, strict=True)]
    raise UnreadableFile(
        _(
            "No encontramos los encabezados. El archivo necesita al menos una columna Fecha y una columna Abono (o Importe)."
        )
    )


def _without_unit(heading: str) -> str:
    """``"Abono ($)"`` and ``"Importe MXN"`` are *Abono* and *Importe*."""
    return re.sub(r"\(?\s*(mxn|m\.n\.|mn|\$|pesos)\s*\)?$", "", heading.strip(), flags=re.IGNORECASE)


def _second_text(heading: str) -> str:
    """Banks have *Descripción* and *Concepto*, or two references: what the customer wrote may be in either."""
    return next((each.name for each in COLUMNS if each.name in TEXTS and each.answers_to(heading)), IGNORED)


def _facts(cells: Sequence[str], mapping: Sequence[str]) -> dict[str, str]:
    """The cells by what they mean, without the apostrophe by which banks make Excel take a number for text."""
    facts: dict[str, str] = {}
    for index, name in enumerate(mapping):
        cell = (cells[index] if index < len(cells) else "").strip().removeprefix("'").strip()
        if name == IGNORED or (cell in NOTHING and name != "kind"):
            cell = ""
        told = facts.get(name, "")
        told, cell = ("", cell) if told in cell else (told, "" if cell in told else cell)
        facts[name] = BETWEEN.join(filter(None, (told, cell)))[:300]
    facts.pop(IGNORED, None)
    return facts


def _row(number: int, facts: dict[str, str], today: date) -> BankRow:
    try:
        amount = _deposit(facts)
        if amount is None:
            return BankRow(number, facts)
        movement = Movement(
            booked_on=parse_date(facts["booked_on"], today),
            amount=amount,
            reference=facts.get("reference", "")[:80],
            concept=facts.get("concept", ""),
            tracking_key=(facts.get("tracking_key") or facts.get("folio", ""))[:80],
            sender=facts.get("sender", "")[:200],
        )
    except ValueError as error:
        return BankRow(number, facts, problem=str(error))
    return BankRow(number, facts, movement)


def _deposit(facts: dict[str, str]) -> Decimal | None:
    """What came in; None for what went out, for nothing, and for the totals below the table."""
    text = facts.get("amount", "")
    if not text or _is_charge(facts.get("kind", "")) or _is_sum(facts):
        return None
    amount = parse_amount(text)
    charge = abs(parse_amount(facts["charge"])) if facts.get("charge") else Decimal(0)
    if amount <= 0 or charge == amount:  # one column for both, and beside it what went out
        return None
    if charge:
        raise ValueError(_("El renglón dice un cargo y un abono a la vez: revíselo en el banco."))
    return amount


def _is_charge(kind: str) -> bool:
    return (fold_heading(kind) or kind) in CHARGES or bool(CHARGE_WORDS.match(fold(kind)))


def _is_sum(facts: dict[str, str]) -> bool:
    """Below the table: a word for it, or neither a date nor anything that says where money came from."""
    if SUMS.match(fold(facts.get("booked_on", ""))):
        return True
    texts = [facts.get(name, "") for name in ("reference", "concept", "tracking_key", "sender")]
    return not facts.get("booked_on") and (not any(texts) or any(SUMS.match(fold(text)) for text in texts))


def parse_amount(text: str) -> Decimal:
    """``"$1,160.00"``, ``"1.160,00"``, ``"1160"``, ``"(500.00)"``, ``"1,160.00 MXN"``. ValueError with a sentence."""
    plain = re.sub(r"(?i)mxn|m\.n\.|pesos|[$\s\u00a0+]", "", text)
    plain = plain.replace("\u2212", "-")
    is_negative = plain.startswith(("-", "(")) or plain.endswith("-")
    plain = plain.strip("()-")
    try:
        if not plain:
            raise InvalidOperation
        amount = Decimal(_with_point(plain))
    except InvalidOperation:
        raise ValueError(_("El importe «%(text)s» no es un número.") % {"text": text[:40]}) from None
    if amount != round(amount, 2) or amount > LARGEST:
        raise ValueError(_("El importe «%(text)s» no es una cantidad en pesos y centavos.") % {"text": text[:40]})
    amount = amount.quantize(Decimal("0.01"))
    return -amount if is_negative else amount


def _with_point(plain: str) -> str:
    """Comma and point as thousands and decimals, either way round; a lone one before three digits divides thousands."""
    for thousands, point in ((",", "."), (".", ",")):
        grouped = rf"(\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d*)(?:{re.escape(point)}(\d{{1,2}}))?"
        match = re.fullmatch(grouped, plain, re.ASCII)
        if match:
            return f"{match[1].replace(thousands, '') or '0'}.{match[2] or '00'}"
    raise InvalidOperation


def parse_date(text: str, today: date) -> date:
    """Day before month, as everybody in Mexico writes; ISO too; ``12-may-2026``; a time behind it is left out."""
    found = _date_of(fold(text))
    if found is None:
        raise ValueError(_("La fecha «%(text)s» no se entiende. Escríbala como 31/12/2026.") % {"text": text[:40]})
    if not today - timedelta(days=3 * 366) <= found <= today + timedelta(days=1):
        raise ValueError(
            _("La fecha «%(text)s» no puede ser: está en el futuro o hace más de tres años.") % {"text": text[:40]}
        )
    return found


def _date_of(text: str) -> date | None:
    patterns = [
        (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", (1, 2, 3)),
        (r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})", (3, 2, 1)),
        (r"(\d{1,2})[-/. ]*(?:de )?([a-z]{3})[a-z]*\.?[-/. ]*(?:de(?:l)? )?(\d{4}|\d{2})", (3, 2, 1)),
        (r"((?:19|20)\d{2})(0\d|1[0-2])([0-3]\d)", (1, 2, 3)),
        (r"(\d{2})(\d{2})(\d{4})", (3, 2, 1)),
    ]
    for pattern, (year, month, day) in patterns:
        match = re.match(rf"{pattern}(?!\d)", text.strip())
        if match:
            return _made(match[year], match[month], match[day])
    return None


def _made(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else MONTHS.get(month, 0)
    try:
        return datetime(int(year) + (2000 if len(year) == 2 else 0), number, int(day)).date()  # noqa: DTZ001
    except ValueError:
        return None


def _numbered(rows: list[BankRow]) -> Iterator[BankRow]:
    """Gives every deposit its key. Two that are alike in one file are two deposits: they are counted, unless their
    *clave de rastreo*, which no bank gives twice on a day, says that the file tells one twice."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row.movement is None:
            yield row
            continue
        base = _base_key(row.movement)
        seen[base] += 0 if seen[base] and row.cells.get("tracking_key") else 1
        yield replace(row, movement=replace(row.movement, key=f"{base}-{seen[base]}"))


def _base_key(movement: Movement) -> str:
    """A tracking key is unique for a bank and a day; without one, all that the row says. A workbook has lost the zeros that
    a reference begins with in the bank's CSV: it is the same movement."""
    parts = [movement.booked_on.isoformat(), str(movement.amount), fold(movement.tracking_key)]
    if not movement.tracking_key:
        texts = (movement.reference, movement.concept, movement.sender)
        parts += [" ".join(re.sub(r"\b0+(?=\d)", "", fold(text)).split()) for text in texts]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:40]
