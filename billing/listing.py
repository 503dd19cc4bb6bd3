"""One page of the list of invoices, ready to be drawn: one statement, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
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
NUMBERED = PreparedPages(_numbered, order=ORDER, types={"number": int})
REFERENCED = PreparedPages(_referenced, order=ORDER, types={"reference": str})


def _owed(scope: int) -> QuerySet[Any, Any]:
    """What is owed in each currency, and since when."""
    mine = Invoice.objects.filter(account=scope).open().order_by().values("currency")
    return mine.annotate(owed=Sum(F("total") - F("paid") - F("credited")), first_due=Min("due_date"))


def _credit(scope: int) -> QuerySet[Any, Any]:
    """What is in the customer's favour in each currency."""
    mine = Payment.objects.filter(account=scope).with_credit().order_by().values("currency")
    return mine.annotate(in_favour=Sum(F("amount") - F("allocated") - F("refunded")))


OWED, CREDIT = PreparedRows(_owed, scope=int), PreparedRows(_credit, scope=int)


@dataclass(slots=True)
class Money:
    """An account's money in one currency."""

    currency: str
    owed: Decimal = ZERO
    credit: Decimal = ZERO
    first_due: date | None = None

    @property
    def is_overdue(self) -> bool:
        return self.first_due is not None and self.first_due < timezone.localdate()


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
    def money(self) -> list[Money]:
        """In the panel's currency, and in others where there is something."""
        found = {settings.CURRENCY: Money(settings.CURRENCY)}
        for row in OWED.fetch(scope=self.account.pk):
            one = found.setdefault(row["currency"], Money(row["currency"]))
            one.owed, one.first_due = row["owed"], row["first_due"]
        for row in CREDIT.fetch(scope=self.account.pk):
            found.setdefault(row["currency"], Money(row["currency"])).credit = row["in_favour"]
        return list(found.values())

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
