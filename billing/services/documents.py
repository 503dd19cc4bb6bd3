"""What issuing an invoice and a credit note have in common: the customer's data of the day, and writing it all at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from accounts.action_log import COLUMNS, LINES, lines_as_json
from accounts.models import Account, ActionLogEntry

RECEIVER_FIELDS = ("legal_name", "tax_id", "tax_regime", "street", "city", "state", "postal_code", "country")


def lock_accounts(ids: Iterable[int]) -> dict[int, Account]:
    """Holds the accounts' money still until the transaction ends: whatever moves an account's money takes this first."""
    wanted = Account.objects.filter(pk__in=set(ids)).order_by("pk")
    return {account.pk: account for account in wanted.select_for_update(no_key=True)}


def receiver_of(account: Account) -> dict[str, str]:
    return {name: getattr(account, name) for name in RECEIVER_FIELDS}


def write_documents(
    documents: Sequence[models.Model], lines: Sequence[models.Model], entries: Iterable[ActionLogEntry]
) -> None:
    """Invoices (or credit notes), which know their ids, with their lines, ledger entries and log lines: one statement."""
    sign, kind = (1, "invoice") if documents[0]._meta.model_name == "invoice" else (-1, "credit_note")
    sql = _STATEMENT.format(
        documents=_insert(documents[0], "documents", with_id=True),
        lines=_insert(lines[0], "lines", with_id=False) if lines else "SELECT",
        log=", ".join(COLUMNS),
        log_lines=LINES.replace("%(lines)s", "%(log)s"),
    )
    values: dict[str, str | int] = {
        "documents": _as_json(documents),
        "lines": _as_json(lines),
        "log": lines_as_json(entries),
        "kind": kind,
        "sign": sign,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


_STATEMENT = """
WITH documents AS ({documents} RETURNING id, account_id, currency, subtotal, tax, total, issued_at),
lines AS ({lines}),
log AS (INSERT INTO accounts_actionlogentry ({log}) SELECT {log} FROM {log_lines}),
booked AS (
    INSERT INTO billing_ledgertransaction (key, kind, account_id, created_at)
    SELECT %(kind)s || ':' || id, %(kind)s, account_id, issued_at FROM documents WHERE total <> 0 OR subtotal <> 0 ORDER BY id
    RETURNING id, key)
INSERT INTO billing_ledgerentry (transaction_id, account_id, ledger, currency, amount)
SELECT booked.id, documents.account_id, side.ledger, documents.currency, %(sign)s * side.amount
FROM booked JOIN documents ON booked.key = %(kind)s || ':' || documents.id
CROSS JOIN LATERAL (VALUES ('receivable', total), ('revenue', -subtotal), ('tax', -tax)) AS side (ledger, amount)
WHERE side.amount <> 0"""


def _insert(row: models.Model, name: str, *, with_id: bool) -> str:
    columns = ", ".join(str(field.column) for field in _fields(row) if with_id or not field.primary_key)
    table = row._meta.db_table
    source = f"jsonb_populate_recordset(NULL::{table}, %({name})s::jsonb)"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 - names of our own models


def _fields(row: models.Model) -> list[models.Field[Any, Any]]:
    return [field for field in row._meta.concrete_fields if not field.generated]


def _as_json(rows: Sequence[models.Model]) -> str:
    """Keys are column names. Decimals and dates travel as text, which PostgreSQL reads without loss."""
    if not rows:
        return "[]"
    names = [(field.column, field.attname) for field in _fields(rows[0])]
    return json.dumps([{column: getattr(row, name) for column, name in names} for row in rows], cls=_Exact)


class _Exact(DjangoJSONEncoder):
    """Times with all their microseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)
