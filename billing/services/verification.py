"""Proves that invoices, payments, credits and balances agree with the ledger, and names whatever does not.

Each check is one set-based statement that gives the rows that differ. They read the tables as they are, so a change behind
the panel's back (a trigger switched off, a row removed by hand) is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.money import format_money

MOST = 1_000  # differences of one kind that are named


@dataclass(frozen=True, slots=True)
class Check:
    """``sql`` gives (name, expected, found) of each difference; amounts may be null where there is nothing to compare."""

    code: str
    sentence: str | Promise
    sql: str


def verify_ledger() -> Iterator[tuple[str, str]]:
    """(code, sentence) of each difference; nothing when all agrees. One snapshot: what is going on does not disturb it."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for check in CHECKS:
            cursor.execute(f"{check.sql} LIMIT {MOST}")
            for name, expected, found in cursor.fetchall():
                yield check.code, check.sentence % {"name": name, "expected": _shown(expected), "found": _shown(found)}


def _shown(value: object) -> str:
    return format_money(value) if hasattr(value, "quantize") else str(value)  # type: ignore[arg-type]


def _entries_of(kind: str, documents: str) -> str:
    """Documents whose entries are missing, doubled or otherwise than ``documents`` (key, name, ledger, amount) wants."""
    return f"""
        WITH wanted AS ({documents}),
        booked AS (
            SELECT t.key, e.ledger, sum(e.amount) AS amount FROM billing_ledgertransaction t
            JOIN billing_ledgerentry e ON e.transaction_id = t.id WHERE t.kind = '{kind}' GROUP BY 1, 2)
        SELECT coalesce(wanted.name, booked.key) || ' (' || coalesce(wanted.ledger, booked.ledger) || ')',
               coalesce(wanted.amount, 0), coalesce(booked.amount, 0)
        FROM (SELECT * FROM wanted WHERE amount <> 0) wanted
        FULL JOIN booked ON booked.key = wanted.key AND booked.ledger = wanted.ledger
        WHERE wanted.amount IS DISTINCT FROM booked.amount"""  # noqa: S608


def _documents(table: str, kind: str, sign: str) -> str:
    return f"""
        SELECT '{kind}:' || id AS key, series_id || '-' || number AS name, side.ledger, {sign} side.amount AS amount
        FROM {table} CROSS JOIN LATERAL
            (VALUES ('receivable', total), ('revenue', -subtotal), ('tax', -tax)) AS side (ledger, amount)"""  # noqa: S608


_MONEY_LEDGER = "CASE method WHEN 'transfer' THEN 'bank' WHEN 'card' THEN 'card' ELSE 'write_off' END"

_PAYMENTS = f"""
    SELECT 'payment:' || id AS key, 'pago ' || public_id AS name, side.ledger, side.amount FROM billing_payment
    CROSS JOIN LATERAL (VALUES ({_MONEY_LEDGER}, amount), ('receivable', -amount)) AS side (ledger, amount)
    WHERE state IN ('received', 'refund_due', 'refunded')"""  # noqa: S608

_REFUNDS = f"""
    SELECT 'refund:' || r.id AS key, 'devolución ' || r.public_id AS name, side.ledger, side.amount
    FROM billing_refund r JOIN billing_payment p ON p.id = r.payment_id
    CROSS JOIN LATERAL (VALUES ({_MONEY_LEDGER}, -r.amount), ('receivable', r.amount)) AS side (ledger, amount)
    WHERE r.state = 'done'"""  # noqa: S608

_BALANCES = """
    WITH booked AS (
        SELECT account_id, currency, sum(amount) AS amount FROM billing_ledgerentry
        WHERE ledger = 'receivable' GROUP BY 1, 2),
    parts AS (
        SELECT account_id, currency, total - paid - credited AS amount FROM billing_invoice
        UNION ALL
        SELECT p.account_id, p.currency, -(p.amount - p.allocated - coalesce(
            (SELECT sum(r.amount) FROM billing_refund r WHERE r.payment_id = p.id AND r.state = 'done'), 0))
        FROM billing_payment p WHERE p.state IN ('received', 'refund_due', 'refunded')),
    derived AS (SELECT account_id, currency, sum(amount) AS amount FROM parts GROUP BY 1, 2)
    SELECT a.legal_name || ' (' || a.public_id || ')', coalesce(derived.amount, 0), coalesce(booked.amount, 0)
    FROM booked FULL JOIN derived ON booked.account_id = derived.account_id AND booked.currency = derived.currency
    LEFT JOIN accounts_account a ON a.id = coalesce(booked.account_id, derived.account_id)
    WHERE coalesce(booked.amount, 0) <> coalesce(derived.amount, 0)"""


def _lines(table: str, lines: str, owner: str, column: str) -> str:
    return f"""
        SELECT d.series_id || '-' || d.number, d.{column}, coalesce(l.amount, 0) FROM {table} d
        LEFT JOIN (SELECT {owner}, sum({"amount" if column == "subtotal" else "tax"}) AS amount FROM {lines} GROUP BY 1) l
            ON l.{owner} = d.id
        WHERE d.{column} <> coalesce(l.amount, 0)"""  # noqa: S608


def _gaps(table: str, series: str) -> str:
    """Numbers that are not there, and a counter that does not follow the last one."""
    return f"""
        SELECT * FROM (
            SELECT '{series}-' || missing AS name, NULL::numeric AS expected, NULL::numeric AS found
            FROM billing_invoiceseries s CROSS JOIN LATERAL generate_series(1, s.next_number - 1) AS missing
            WHERE s.code = '{series}'
                AND NOT EXISTS (SELECT 1 FROM {table} d WHERE d.series_id = s.code AND d.number = missing)
            UNION ALL
            SELECT '{series}-' || d.number, NULL, NULL FROM {table} d
            LEFT JOIN billing_invoiceseries s ON s.code = d.series_id
            WHERE d.series_id <> '{series}' OR d.number >= coalesce(s.next_number, 0) OR d.number < 1
            UNION ALL
            SELECT '{series}-' || number, NULL, NULL FROM {table} GROUP BY series_id, number HAVING count(*) > 1
        ) AS differences"""  # noqa: S608


CHECKS = (
    Check(
        "unbalanced",
        _("El movimiento %(name)s no suma cero: suma %(found)s."),
        """SELECT coalesce(t.key, e.transaction_id::text), 0::numeric, sum(e.amount) FROM billing_ledgerentry e
           LEFT JOIN billing_ledgertransaction t ON t.id = e.transaction_id
           GROUP BY e.transaction_id, t.key, e.currency HAVING sum(e.amount) <> 0""",
    ),
    Check(
        "empty_transaction",
        _("El movimiento %(name)s no tiene asientos."),
        """SELECT key, NULL::numeric, NULL::numeric FROM billing_ledgertransaction t
           WHERE NOT EXISTS (SELECT 1 FROM billing_ledgerentry e WHERE e.transaction_id = t.id)""",
    ),
    Check(
        "foreign_entry",
        _("El movimiento %(name)s tiene asientos de otra cuenta."),
        """SELECT DISTINCT t.key, NULL::numeric, NULL::numeric FROM billing_ledgertransaction t
           JOIN billing_ledgerentry e ON e.transaction_id = t.id WHERE e.account_id IS DISTINCT FROM t.account_id""",
    ),
    Check(
        "invoice_entries",
        _("Factura %(name)s: se esperaba %(expected)s en el libro y hay %(found)s."),
        _entries_of("invoice", _documents("billing_invoice", "invoice", "+")),
    ),
    Check(
        "credit_note_entries",
        _("Nota de crédito %(name)s: se esperaba %(expected)s en el libro y hay %(found)s."),
        _entries_of("credit_note", _documents("billing_creditnote", "credit_note", "-")),
    ),
    Check(
        "payment_entries",
        _("El %(name)s: se esperaba %(expected)s en el libro y hay %(found)s."),
        _entries_of("payment", _PAYMENTS),
    ),
    Check(
        "refund_entries",
        _("La %(name)s: se esperaba %(expected)s en el libro y hay %(found)s."),
        _entries_of("refund", _REFUNDS),
    ),
    Check(
        "balance",
        _("Saldo de %(name)s: sus documentos dan %(expected)s y el libro %(found)s."),
        _BALANCES,
    ),
    Check(
        "allocations_of_invoice",
        _("Factura %(name)s: dice pagado %(expected)s y sus pagos aplicados suman %(found)s."),
        """SELECT i.series_id || '-' || i.number, i.paid, coalesce(a.amount, 0) FROM billing_invoice i
           LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM billing_paymentallocation GROUP BY 1) a
               ON a.invoice_id = i.id
           WHERE i.paid <> coalesce(a.amount, 0)""",
    ),
    Check(
        "allocations_of_payment",
        _("Pago %(name)s: dice aplicado %(expected)s y sus aplicaciones suman %(found)s."),
        """SELECT p.public_id::text, p.allocated, coalesce(a.amount, 0) FROM billing_payment p
           LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM billing_paymentallocation GROUP BY 1) a
               ON a.payment_id = p.id
           WHERE p.allocated <> coalesce(a.amount, 0)""",
    ),
    Check(
        "refunds_of_payment",
        _("Pago %(name)s: dice devuelto %(expected)s y sus devoluciones suman %(found)s."),
        """SELECT p.public_id::text, p.refunded, coalesce(r.amount, 0) FROM billing_payment p
           LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM billing_refund WHERE state <> 'failed' GROUP BY 1) r
               ON r.payment_id = p.id
           WHERE p.refunded <> coalesce(r.amount, 0)""",
    ),
    Check(
        "credited",
        _("Factura %(name)s: dice acreditado %(expected)s y sus notas de crédito suman %(found)s."),
        """SELECT i.series_id || '-' || i.number, i.credited, coalesce(n.amount, 0) FROM billing_invoice i
           LEFT JOIN (SELECT invoice_id, sum(total) AS amount FROM billing_creditnote GROUP BY 1) n ON n.invoice_id = i.id
           WHERE i.credited <> coalesce(n.amount, 0)""",
    ),
    Check(
        "other_account",
        _("Factura %(name)s: la paga el dinero de otra cuenta."),
        """SELECT i.series_id || '-' || i.number, NULL::numeric, NULL::numeric FROM billing_paymentallocation a
           JOIN billing_invoice i ON i.id = a.invoice_id JOIN billing_payment p ON p.id = a.payment_id
           WHERE i.account_id <> p.account_id OR i.currency <> p.currency""",
    ),
    *(
        Check(
            f"lines_{column}",
            _("Documento %(name)s: dice %(expected)s y sus líneas suman %(found)s."),
            _lines(table, lines, owner, column),
        )
        for table, lines, owner in (
            ("billing_invoice", "billing_invoiceline", "invoice_id"),
            ("billing_creditnote", "billing_creditnoteline", "credit_note_id"),
        )
        for column in ("subtotal", "tax")
    ),
    Check("numbers", _("El número %(name)s falta, sobra o está repetido."), _gaps("billing_invoice", "F")),
    Check("note_numbers", _("El número %(name)s falta, sobra o está repetido."), _gaps("billing_creditnote", "NC")),
)
