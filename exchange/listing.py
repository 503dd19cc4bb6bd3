"""One page of the list of mailboxes, ready to be drawn: one statement, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Count, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cloudpanel.core.components import badge
from cloudpanel.core.pagination import COUNT_LIMIT, SEARCH_LIMIT, CappedCount, Page, PreparedPages, total_of
from cloudpanel.core.prepared import Search
from exchange.models import Mailbox, MailboxTemplate
from exchange.models.mailboxes import search_patterns
from exchange.sizes import readable_bytes, readable_megabytes
from exchange.states import shown_of_values
from marketplace.models import Subscription

ORDER = ("address", "pk")
COLUMNS = (
    "pk",
    "public_id",
    "display_name",
    "address",
    "used_bytes",
    "quota_mb",
    "state",
    "deleted_at",
    "has_password",
    "last_job__operation",
    "last_job__state",
    "last_job__user_message",
    "template__name",
)
MAX_QUERY = 100


def _everything(scope: int) -> QuerySet[Any, Any]:
    """The whole list; each row also knows how long it is (up to the limit) and how many templates there are."""
    listed = Mailbox.objects.filter(subscription=scope).listed()
    sql, parameters = listed.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
    return listed.values(*COLUMNS).annotate(
        total=RawSQL(f"(SELECT count(*) FROM ({sql}) AS counted)", parameters),  # noqa: S608, S611 - compiled by Django
        template_count=_template_count(scope),
    )


def _template_count(subscription: int) -> Coalesce:
    templates = MailboxTemplate.objects.filter(subscription=subscription).order_by().values("subscription")
    return Coalesce(Subquery(templates.annotate(n=Count("pk")).values("n")), 0)


ALL_PAGES = PreparedPages(_everything, order=ORDER)


@cache
def _pages_found(column: str, words: int) -> PreparedPages:
    """Searches of one shape: so many words, looked for in this column."""
    names = [f"word{number}" for number in range(words)]

    def build(scope: int, **patterns: str) -> Search:
        found = Mailbox.objects.filter(subscription=scope).listed().like(column, [patterns[name] for name in names])
        rows = Mailbox.objects.values(*COLUMNS).annotate(template_count=_template_count(scope))
        return Search.of(found, rows, limit=SEARCH_LIMIT)

    return PreparedPages(build, order=ORDER, **dict.fromkeys(names, str))


@dataclass
class Listing:
    """What somebody looks at: a subscription, a search, a place in the order."""

    subscription: Subscription
    query: str = ""
    cursor: str = ""
    base: str = ""  # the address of the list; those of the mailboxes begin with it

    @classmethod
    def of(cls, subscription: Subscription, parameters: Any, base: str) -> Listing:
        query = " ".join(parameters.get("q", "")[:MAX_QUERY].replace("\x00", " ").split())
        return cls(subscription, query, parameters.get("cursor", ""), base)

    @cached_property
    def shows_templates(self) -> bool:
        return any(row["template_count"] > 1 for row in self.page.rows[:1])

    @property
    def total(self) -> CappedCount:
        return total_of(self.page, SEARCH_LIMIT if self.query else COUNT_LIMIT)

    @cached_property
    def page(self) -> Page[dict[str, Any]]:
        if self.query:
            column, patterns = search_patterns(self.query)
            words = {f"word{number}": pattern for number, pattern in enumerate(patterns)}
            page = _pages_found(column, len(patterns)).page(self.subscription.pk, self.cursor, **words)
        else:
            page = ALL_PAGES.page(self.subscription.pk, self.cursor)
        for row in page.rows:
            row["shown"] = shown_of_values(row)
        return page

    @property
    def is_moving(self) -> bool:
        """Something on this page is under way: asking again is worth it."""
        return any(row["shown"].is_moving for row in self.page.rows)

    @property
    def rows_html(self) -> SafeString:
        """The rows by Jinja2: 50 of them in 3 ms instead of 20."""
        states = {row["shown"].code: row["shown"] for row in self.page.rows}
        badges = {code: badge(shown.tone, shown.label) for code, shown in states.items()}
        context = {
            "rows": self.page.rows,
            "badges": badges,
            "base": escape(self.base),
            "shows_templates": self.shows_templates,
            "size": readable_bytes,
            "limit": readable_megabytes,
            "words": {name: escape(word) for name, word in _words().items()},  # once, not once for each row
        }
        return mark_safe(render_to_string("exchange/mailbox_rows.html", context, using="jinja2"))  # noqa: S308


def _words() -> dict[str, str]:
    return {
        "select": _("Seleccionar"),
        "name": _("Nombre para mostrar"),
        "login": _("Inicio de sesión"),
        "email": _("Correo electrónico"),
        "used": _("Tamaño actual"),
        "limit": _("Límite"),
        "template": _("Plantilla"),
        "state": pgettext("of a mailbox", "Estado"),
    }


def export_rows(subscription: Subscription, query: str) -> Iterator[list[object]]:
    """All mailboxes of the list, or all that match, in its order, read in chunks."""
    mailboxes = Mailbox.objects.filter(subscription=subscription).listed()
    if query:
        mailboxes = mailboxes.matching(query)
    columns = COLUMNS
    for row in mailboxes.order_by(*ORDER).values(*columns).iterator(chunk_size=2000):
        yield [
            row["display_name"],
            row["address"],
            row["address"],
            round(row["used_bytes"] / 1024 / 1024, 1),
            row["quota_mb"],
            row["template__name"] or "",
            str(shown_of_values(row).label),
        ]


def export_headings() -> list[str]:
    return [
        _("Nombre para mostrar"),
        _("Inicio de sesión"),
        _("Correo electrónico"),
        _("Tamaño actual (MB)"),
        _("Límite (MB)"),
        _("Plantilla"),
        pgettext("of a mailbox", "Estado"),
    ]
