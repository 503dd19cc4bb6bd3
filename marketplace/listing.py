"""One page of the list of orders, ready to be drawn: one statement, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import Account
from cloudpanel.core.components import badge
from cloudpanel.core.money import format_money
from cloudpanel.core.pagination import COUNT_LIMIT, CappedCount, Page, PreparedPages
from marketplace.models import Order, PaymentState
from marketplace.models.orders import payment_state_of

ORDER = ("-number", "-pk")
COLUMNS = (
    "pk",
    "public_id",
    "number",
    "created_at",
    "kind",
    "description",
    "total",
    "currency",
    "state",
    "invoice__state",
    "invoice__due_date",
    "invoice__paid",
)
FILTERS = {"kind": str, "state": str, "invoice__state": str, "number": int}
LONGEST_NUMBER = 18  # digits: more would not fit the column


@cache
def _pages(is_history: bool, *names: str) -> PreparedPages:
    """Lists of one shape: which of :data:`FILTERS` are set."""

    def build(scope: int, **values: Any) -> QuerySet[Any, Any]:
        mine = Order.objects.filter(account=scope, **values)
        return _counted(mine if is_history else mine.pending(scope))

    return PreparedPages(build, order=ORDER, types={name: FILTERS[name] for name in names})


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Each row also knows how long the list is, up to the limit."""
    sql, parameters = rows.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
    total = RawSQL(f"(SELECT count(*) FROM ({sql}) AS counted)", parameters)  # noqa: S608, S611 - compiled by Django
    return rows.values(*COLUMNS).annotate(total_count=total)


@dataclass
class Listing:
    """What somebody looks at: an account, what is pending or everything, filters, a place in the order."""

    account: Account
    is_history: bool = False
    filters: Mapping[str, Any] = field(default_factory=dict)
    cursor: str = ""
    is_impossible: bool = False  # a number that no order can have

    @classmethod
    def of(cls, account: Account, parameters: Any) -> Listing:
        """Filters that make no sense are left out, as if nobody had set them."""
        chosen: dict[str, Any] = {
            "kind": _one_of(Order.Kind, parameters.get("tipo", "")),
            "state": _one_of(Order.State, parameters.get("estado", "")),
            "invoice__state": {"por-pagar": "open", "pagado": "paid"}.get(parameters.get("pago", "")),
        }
        number = parameters.get("q", "").strip()
        is_number = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
        chosen["number"] = int(number) if is_number else None
        return cls(
            account,
            parameters.get("ver") == "historial",
            {name: value for name, value in chosen.items() if value is not None},
            parameters.get("cursor", ""),
            bool(number) and not is_number,
        )

    @cached_property
    def page(self) -> Page[dict[str, Any]]:
        if self.is_impossible:
            return Page([])
        return _pages(self.is_history, *self.filters).page(self.account.pk, self.cursor, **self.filters)

    @property
    def total(self) -> CappedCount:
        found = self.page.rows[0]["total_count"] if self.page.rows else 0
        return CappedCount(min(found, COUNT_LIMIT), is_capped=found > COUNT_LIMIT)

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters) or self.is_impossible

    @property
    def rows_html(self) -> SafeString:
        """The rows by Jinja2, as in the list of mailboxes."""
        for row in self.page.rows:
            row["payment"] = payment_state_of(row["invoice__state"], row["invoice__due_date"], row["invoice__paid"])
        context = {
            "rows": self.page.rows,
            "states": {state.value: badge(Order.tone_of(state), state.label) for state in Order.State},
            "payments": {state: badge(state.tone, state.label) for state in PaymentState},
            "kinds": {kind.value: escape(kind.label) for kind in Order.Kind},
            "base": escape(reverse("marketplace:orders")),
            "money": format_money,
            "date": _short_date,
            "words": {name: escape(word) for name, word in _words().items()},
        }
        return mark_safe(render_to_string("marketplace/order_rows.html", context, using="jinja2"))  # noqa: S308


def _one_of(choices: type[Order.Kind] | type[Order.State], value: str) -> str | None:
    return value if value in choices.values else None


def _short_date(moment: datetime) -> str:
    """es-MX and the panel's English write it alike, and row by row Django's formats cost as much as the row."""
    return f"{timezone.localtime(moment):%d/%m/%Y}"


def _words() -> dict[str, str]:
    return {
        "number": _("Número"),
        "date": _("Fecha"),
        "kind": _("Tipo"),
        "description": _("Descripción"),
        "total": _("Total"),
        "payment": _("Pago"),
        "state": _("Aprovisionamiento"),
    }
