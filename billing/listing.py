"""One page of the list of invoices, ready to be drawn: one statement, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Min, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Account
from billing.models import Invoice, Payment
from billing.references import is_reference
from cloudpanel.core.components import badge
from cloudpanel.core.money import ZERO, format_money
from cloudpanel.core.pagination import COUNT_LIMIT, CappedCount, Page, PreparedPages
from cloudpanel.core.prepared import PreparedRows

ORDER = ("-number", "-pk")
COLUMNS = (
    "pk",
    "public_id",
    "series_id",
    "number",
    "issue_date",
    "due_date",
    "concept",
    "total",
    "paid",
    "credited",
    "currency",
    "state",
)
State = Invoice.State
MAX_QUERY = 60
MAX_NUMBER = 2**62


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Each row also knows how long the list is, up to the limit."""
    sql, parameters = rows.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
    total = RawSQL(f"(SELECT count(*) FROM ({sql}) AS counted)", parameters)  # noqa: S608, S611 - compiled by Django
    return rows.values(*COLUMNS).annotate(total_count=total)


def _all(scope: int) -> QuerySet[Any, Any]:
    return _counted(Invoice.objects.filter(account=scope))


def _open(scope: int) -> QuerySet[Any, Any]:
    return _counted(Invoice.objects.filter(account=scope).open())


def _numbered(scope: int, number: int) -> QuerySet[Any, Any]:
    return _counted(Invoice.objects.filter(account=scope, number=number))


def _referenced(scope: int, reference: str) -> QuerySet[Any, Any]:
    return _counted(Invoice.objects.filter(account=scope, reference=reference))


ALL, OPEN = PreparedPages(_all, order=ORDER), PreparedPages(_open, order=ORDER)
NUMBERED = PreparedPages(_numbered, order=ORDER, number=int)
REFERENCED = PreparedPages(_referenced, order=ORDER, reference=str)


def _money(scope: int) -> QuerySet[Any, Any]:
    """What is owed, since when, and what is in the customer's favour, in the panel's currency."""
    owed = Invoice.objects.filter(account=scope).open().order_by().values("account")
    credit = Payment.objects.filter(account=scope).with_credit().order_by().values("account")
    sums = {
        "owed": owed.annotate(n=Sum(F("total") - F("paid") - F("credited"))).values("n"),
        "first_due": owed.annotate(n=Min("due_date")).values("n"),
        "credit": credit.annotate(n=Sum(F("amount") - F("allocated") - F("refunded"))).values("n"),
    }
    texts = {name: RawSQL(f"({sql})", parameters) for name, (sql, parameters) in _compiled(sums)}  # noqa: S611
    return Account.objects.filter(pk=scope).values("pk").annotate(**texts)


def _compiled(queries: dict[str, QuerySet[Any, Any]]) -> Iterator[tuple[str, tuple[str, tuple[Any, ...]]]]:
    for name, queryset in queries.items():
        yield name, queryset.query.sql_with_params()


MONEY = PreparedRows(_money, scope=int)


@dataclass
class Listing:
    """What somebody looks at: an account, a choice, a search, a place in the order."""

    account: Account
    query: str = ""
    only_open: bool = False
    cursor: str = ""

    @classmethod
    def of(cls, account: Account, parameters: Any) -> Listing:
        query = " ".join(parameters.get("q", "")[:MAX_QUERY].replace("\x00", " ").split())
        return cls(account, query, parameters.get("ver") == "por-pagar", parameters.get("cursor", ""))

    @cached_property
    def page(self) -> Page[dict[str, Any]]:
        if self.query:
            return self._found()
        return (OPEN if self.only_open else ALL).page(self.account.pk, self.cursor)

    def _found(self) -> Page[dict[str, Any]]:
        """By number (``F-12``, ``12``) or by reference. Nothing else is looked at."""
        text = self.query.upper().replace(" ", "")
        if is_reference(text):
            return REFERENCED.page(self.account.pk, self.cursor, reference=text)
        digits = text.rpartition("-")[2].lstrip("F")
        if digits.isascii() and digits.isdigit() and int(digits) < MAX_NUMBER:
            return NUMBERED.page(self.account.pk, self.cursor, number=int(digits))
        return Page([])

    @property
    def total(self) -> CappedCount:
        found = self.page.rows[0]["total_count"] if self.page.rows else 0
        return CappedCount(min(found, COUNT_LIMIT), is_capped=found > COUNT_LIMIT)

    @cached_property
    def money(self) -> dict[str, Any]:
        [row] = MONEY.fetch(scope=self.account.pk)
        row["is_overdue"] = row["first_due"] is not None and row["first_due"] < timezone.localdate()
        return row

    @property
    def rows_html(self) -> SafeString:
        """The rows by Jinja2, as in the list of mailboxes."""
        for row in self.page.rows:
            row["shown"] = shown_state(row["state"], row["due_date"])
            row["rest"] = row["total"] - row["paid"] - row["credited"] if row["state"] == State.OPEN else ZERO
        context = {
            "rows": self.page.rows,
            "badges": {code: badge(tone, label) for code, (tone, label) in _states().items()},
            "base": escape(reverse("billing:invoices")),
            "money": format_money,
            "date": _short_date,
            "words": {name: escape(word) for name, word in _words().items()},
        }
        return mark_safe(render_to_string("billing/invoice_rows.html", context, using="jinja2"))  # noqa: S308


def shown_state(state: str, due_date: date) -> str:
    return "overdue" if state == State.OPEN and due_date < timezone.localdate() else state


def _states() -> dict[str, tuple[str, str]]:
    return {
        "open": ("waiting", str(State.OPEN.label)),
        "overdue": ("danger", _("Vencida")),
        "paid": ("success", str(State.PAID.label)),
        "cancelled": ("muted", str(State.CANCELLED.label)),
    }


def _short_date(day: date) -> str:
    """es-MX and the panel's English write it alike, and row by row Django's formats cost as much as the row."""
    return f"{day:%d/%m/%Y}"


def _words() -> dict[str, str]:
    return {
        "number": _("Número"),
        "issued": _("Fecha"),
        "due": _("Vence"),
        "concept": _("Concepto"),
        "total": _("Total"),
        "rest": _("Por pagar"),
        "state": pgettext("of an invoice", "Estado"),
        "file": _("Descargar"),
        "of": _("de la factura"),
    }
