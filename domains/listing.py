"""One page of the list of domains, ready to be drawn: one statement for the rows, one for what uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from cloudpanel.core.components import badge
from cloudpanel.core.pagination import COUNT_LIMIT, SEARCH_LIMIT, CappedCount, Page, PreparedPages, total_of
from cloudpanel.core.prepared import Search
from domains.models import Domain
from domains.models.domains import search_patterns
from domains.states import shown_of_values
from domains.uses import uses_of
from marketplace.models import ServiceDelegation

ORDER = ("search_text", "pk")
COLUMNS = (
    "pk",
    "public_id",
    "name",
    "shown_name",
    "search_text",
    "kind",
    "state",
    "expires_at",
    "subscription__auto_renew",
    "last_job__state",
    "failure_message",
)
MAX_QUERY = 100
STATES = {
    "activos": (gettext_lazy("Activos"), Q(state="active")),
    "proceso": (gettext_lazy("En proceso"), Q(state="pending")),
    "vencidos": (gettext_lazy("Vencidos"), Q(state__in=["expired", "redemption"])),
    "fallidos": (gettext_lazy("Que no se lograron"), Q(state="failed")),
    "pasados": (gettext_lazy("Que ya no están"), Q(state__in=["gone", "terminated"])),
}
KINDS = dict(Domain.Kind.choices)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list. What makes no sense is as good as nothing."""

    query: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Filters:
        query = " ".join(data.get("q", "")[:MAX_QUERY].replace("\x00", " ").split())
        kind, state = data.get("tipo", ""), data.get("estado", "")
        return cls(query, kind if kind in KINDS else "", state if state in STATES else "")

    def __bool__(self) -> bool:
        return bool(self.query or self.kind or self.state)

    @property
    def as_parameters(self) -> dict[str, str]:
        given = {"q": self.query, "tipo": self.kind, "estado": self.state}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Shape:
    """What makes one statement differ from another; the values are filled in later."""

    words: int = 0
    kind: str = ""
    state: str = ""
    is_delegated: bool = False


@lru_cache(maxsize=200)
def pages_of(shape: Shape) -> PreparedPages:
    """The list in this shape: compiled once for the life of the process."""
    names = [f"word{number}" for number in range(shape.words)]
    types: dict[str, type] = dict.fromkeys(names, str)
    types |= {"user": int} if shape.is_delegated else {}

    def build(scope: int, **values: Any) -> QuerySet[Any, Any] | Search:
        mine = Domain.objects.filter(account=scope)
        mine = mine.filter(STATES[shape.state][1]) if shape.state else mine.listed()
        if shape.kind:
            mine = mine.filter(kind=shape.kind)
        if shape.is_delegated:
            mine = mine.filter(
                subscription_id__in=ServiceDelegation.objects.in_force_for(values["user"]).values("subscription")
            )
        if names:
            found = mine.like("search_text", [values[name] for name in names])
            return Search.of(found, Domain.objects.values(*COLUMNS), limit=SEARCH_LIMIT)
        sql, parameters = mine.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
        return mine.values(*COLUMNS).annotate(
            total=RawSQL(f"(SELECT count(*) FROM ({sql}) AS counted)", parameters),  # noqa: S608, S611 - compiled by Django
        )

    return PreparedPages(build, order=ORDER, types=types)


@dataclass
class Listing:
    """What somebody looks at: an account, filters, a place in it."""

    membership: Membership
    filters: Filters = field(default_factory=Filters)
    cursor: str = ""
    base: str = ""  # the address of the list; those of the domains begin with it

    @classmethod
    def of(cls, membership: Membership, parameters: Mapping[str, Any], base: str) -> Listing:
        return cls(membership, Filters.of(parameters), parameters.get("cursor", ""), base)

    @cached_property
    def page(self) -> Page[dict[str, Any]]:
        given, member = self.filters, self.membership
        patterns = search_patterns(given.query)[1] if given.query else []
        values: dict[str, Any] = {f"word{number}": pattern for number, pattern in enumerate(patterns)}
        values |= {"user": member.user_id} if member.is_delegate else {}
        shape = Shape(len(patterns), given.kind, given.state, member.is_delegate)
        page = pages_of(shape).page(member.account_id, self.cursor, **values)
        for row in page.rows:
            row["shown"] = shown_of_values(row)
        return page

    @property
    def total(self) -> CappedCount:
        return total_of(self.page, SEARCH_LIMIT if self.filters.query else COUNT_LIMIT)

    @property
    def is_moving(self) -> bool:
        return any(row["shown"].is_moving for row in self.page.rows)

    @property
    def next_url(self) -> str:
        return f"?{urlencode({**self.filters.as_parameters, 'cursor': self.page.next_cursor})}"

    @property
    def previous_url(self) -> str:
        return f"?{urlencode({**self.filters.as_parameters, 'cursor': self.page.previous_cursor})}"

    @property
    def filters_html(self) -> SafeString:
        kinds = [(code, str(word)) for code, word in KINDS.items()]
        states = [(code, str(word)) for code, (word, _condition) in STATES.items()]
        offered = [
            ("tipo", _("Tipo"), _("Todos los tipos"), kinds, self.filters.kind),
            ("estado", _("Estado"), _("Todos los estados"), states, self.filters.state),
        ]
        return _drawn("exchange/mailbox_filters", {"choices": offered})

    @property
    def rows_html(self) -> SafeString:
        """The rows by Jinja2: a third of the time."""
        rows = self.page.rows
        states = {row["shown"].code: row["shown"] for row in rows}
        words = {
            "name": _("Dominio"),
            "kind": _("Tipo"),
            "state": _("Estado"),
            "expires": _("Vence"),
            "renewal": _("Renovación automática"),
            "uses": _("Lo usa"),
            "yes": _("Sí"),
            "no": _("No"),
            "elsewhere": _("Con su proveedor"),
            "unused": _("Nadie todavía"),
        }
        context = {
            "rows": rows,
            "badges": {code: badge(shown.tone, shown.label) for code, shown in states.items()},
            "kinds": {code: escape(word) for code, word in KINDS.items()},
            "base": escape(self.base),
            "uses": uses_of(self.membership.account_id, [row["name"] for row in rows]),
            "day": _day_writer(),
            "words": {name: escape(word) for name, word in words.items()},
        }
        return _drawn("domains/domain_rows", context)


def _day_writer() -> Callable[[datetime], str]:
    """Many domains of a page expire on one day; each day is put into words once."""

    @cache
    def words(day: date) -> str:
        return date_format(day, "SHORT_DATE_FORMAT")

    zone = get_current_timezone()
    return lambda moment: words(moment.astimezone(zone).date())


def _drawn(template: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(f"{template}.html", context, using="jinja2"))  # noqa: S308
