"""What banks write: any encoding, separator, heading and way of writing dates and amounts."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.references import is_reference, near_references, reference_of
from billing.services.bank_reading import parse_amount, parse_date, read_bank_file
from cloudpanel.core.tabular.errors import UnreadableFile

TODAY = date(2026, 11, 22)
PLAIN = "Fecha,Concepto,Referencia,Cargo,Abono,Clave de rastreo\n21/11/2026,Pago 00000010017,1234567,,1160.00,ABC1\n"


def read(text: str, encoding: str = "utf-8"):
    return read_bank_file(text.encode(encoding), "movimientos.csv", TODAY)


def test_a_deposit_is_read():
    (row,) = read(PLAIN)
    assert row.movement is not None
    assert (row.movement.booked_on, row.movement.amount) == (date(2026, 11, 21), Decimal("1160.00"))
    assert (row.movement.concept, row.movement.tracking_key) == ("Pago 00000010017", "ABC1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_encoding_and_separator_will_do(encoding, separator):
    text = "Fecha de operación|Descripción|Depósitos\n20-nov-2026|Compañía Ñandú|500.50\n".replace("|", separator)
    (row,) = read(text, encoding)
    assert row.movement is not None
    assert row.movement.concept == "Compañía Ñandú"
    assert row.movement.amount == Decimal("500.50")


def test_what_the_bank_writes_above_and_below_the_table_is_left_out():
    text = f"Cuenta:,646180000000000009\nCliente:,Panel SA\n\n{PLAIN}Total,,,,1160.00,\n"
    rows = read(text)
    assert [row.movement is not None for row in rows] == [True, False]


def test_charges_are_no_deposits():
    rows = read("Fecha,Tipo,Importe\n21/11/2026,Cargo,100\n21/11/2026,Abono,200\n21/11/2026,Abono,-5\n")
    assert [row.movement and row.movement.amount for row in rows] == [None, Decimal(200), None]


@pytest.mark.parametrize(
    ("row", "is_read"),
    [
        ("CARGOS,,10", None),
        ("SPEI enviado,,10", None),
        ("-,,10", None),
        (",10,10", None),
        (",5,10", None),
        (",-,10", True),
    ],
)
def test_what_went_out_is_never_taken_for_money_that_came(row, is_read):
    (found,) = read(f"Fecha,Tipo,Cargo,Importe\n21/11/2026,{row}\n")
    assert (found.movement is not None) == bool(is_read)


def test_the_layouts_of_santander_and_banorte_give_what_the_customer_wrote():
    santander = (
        "Fecha,Descripción,Cargo/Abono,Importe,Referencia,Concepto\n'21112026,SPEI,+,'1160.00,'77,F 00000010017\n"
    )
    banorte = "Fecha|Descripción|Depósitos|Retiros|Descripción Detallada\n21/11/2026|SPEI|-|$5.00|\n"
    banorte += "21/11/2026|SPEI|1.00|-|SPEI F 00000010017\n"
    rows = [*read(santander, "cp1252"), *read(banorte)]
    assert [row.movement and row.movement.concept for row in rows] == [
        "SPEI / F 00000010017",
        None,
        "SPEI F 00000010017",
    ]
    assert (rows[0].movement.booked_on, rows[0].movement.reference, rows[1].problem) == (date(2026, 11, 21), "77", "")


def test_a_deposit_without_a_date_is_told_and_a_total_is_not():
    rows = read("Fecha,Concepto,Abono\n,Pago,100\n,Total,100\nTotales,,100\n")
    assert [bool(row.problem) for row in rows] == [True, False, False]


def test_one_tracking_key_twice_in_a_file_is_one_deposit():
    assert len({row.movement.key for row in read(PLAIN + PLAIN.splitlines()[1])}) == 1


def test_a_row_that_makes_no_sense_is_told_and_stops_nobody():
    rows = read("Fecha,Abono\nayer,100\n21/11/2026,mil\n21/11/2026,7.50\n")
    assert ["no se entiende" in row.problem or "no es un número" in row.problem for row in rows] == [True, True, False]
    assert rows[2].movement is not None


@pytest.mark.parametrize("text", ["Nombre,Correo\nAna,ana@x.mx\n", "Fecha,Abono\n", "Fecha\n21/11/2026\n"])
def test_a_file_without_movements_says_so(text):
    with pytest.raises(UnreadableFile):
        read(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1160", "1160.00"),
        ("$1,160.00", "1160.00"),
        ("1.160,00", "1160.00"),
        ("1,160", "1160.00"),
        ("1160,5", "1160.50"),
        ("1,234,567.89 MXN", "1234567.89"),
        ("1.234.567,89", "1234567.89"),
        ("$ 0.01", "0.01"),
        (".50", "0.50"),
        ("(500.00)", "-500.00"),
        ("-500.00", "-500.00"),
        ("500.00-", "-500.00"),
        ("+12.00", "12.00"),
        ("1\u00a0160.00", "1160.00"),
    ],
)
def test_amounts_as_banks_write_them(text, amount):
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-", "mil", "1,16,00.0.0", "1.2.3", "12a", "1e5", "NaN", "٣", "1,1600", "9" * 20])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        parse_amount(text)


@pytest.mark.parametrize(
    "text",
    [
        *("21/11/2026", "21-11-2026", "2026-11-21", "21.11.26", "21/nov/2026", "21-NOV-26", "20261121"),
        *("2026-11-21T10:22:00", "21/11/2026 13:05", "21 de noviembre de 2026", "21 nov. 2026"),
    ],
)
def test_dates_as_banks_write_them(text):
    assert parse_date(text, TODAY) == date(2026, 11, 21)


@pytest.mark.parametrize("text", ["", "hoy", "31/02/2026", "11/21/2026", "21/11/2030", "21/11/1999", "2026", "0/0/0"])
def test_what_is_no_date_or_cannot_be_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text, TODAY)


def test_the_same_movement_has_the_same_key_in_every_file():
    first, second = read(PLAIN), read("Abono;Fecha;Cve de rastreo\n1,160.00;2026-11-21;abc1\n")
    assert first[0].movement.key == second[0].movement.key
    files = [read(f"Fecha,Referencia,Abono\n21/11/2026,{reference},5\n") for reference in ("00000010025", "10025")]
    assert files[0][0].movement.key == files[1][0].movement.key


def test_two_deposits_that_are_alike_are_two():
    rows = read("Fecha,Concepto,Abono\n21/11/2026,Pago,100\n21/11/2026,Pago,100\n")
    keys = [row.movement.key for row in rows]
    assert keys[0] != keys[1]
    assert [row.movement.key for row in read("Fecha,Concepto,Abono\n21/11/2026,Pago,100\n")] == keys[:1]


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_sentence(content):
    with suppress(UnreadableFile):
        read_bank_file(content, "x.csv", TODAY)


cell = st.text(st.characters(exclude_characters="\r\n\"'", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=8))
def test_any_cells_under_good_headings_are_rows(rows):
    lines = ["Fecha\tAbono\tConcepto", *("\t".join(f'"{each}"' for each in row) for row in rows)]
    with suppress(UnreadableFile):
        read("\n".join(lines))


@given(st.integers(1, 9_999_999_999), st.data())
def test_one_slip_of_a_reference_is_recognised_and_never_valid_itself(number, data):
    reference = reference_of(number)
    position, digit = data.draw(st.integers(0, 10)), data.draw(st.sampled_from("0123456789"))
    mistyped = reference[:position] + digit + reference[position + 1 :]
    if mistyped != reference:
        assert not is_reference(mistyped)
        assert reference in near_references(mistyped)
    shorter = reference[:position] + reference[position + 1 :]
    assert reference in near_references(shorter) | {shorter.zfill(11)}
