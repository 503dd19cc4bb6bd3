"""The list of *Usuarios*: searched, filtered, sorted and paged in the database; one statement for a page of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.addresses import readable_email
from accounts.models import NEVER, Account, Membership, Role, UserStatus
from cloudpanel.core.components import badge
from cloudpanel.core.folding import fold
from cloudpanel.core.pagination import COUNT_LIMIT, SEARCH_LIMIT, CappedCount, Page, PreparedPages, total_of
from cloudpanel.core.prepared import Like, Search, containing, gin_key
from cloudpanel.provisioning.models import ACTIVE_STATES, JobState
from marketplace.models import ServiceDelegation

# What stands in the address → the columns of the keyset, each with an index that begins with the account.
ORDERS = {
    "nombre": ("search_text", "pk"),
    "-nombre": ("-search_text", "-pk"),
    "correo": ("email", "pk"),
    "-correo": ("-email", "-pk"),
    "ingreso": ("last_sign_in_at", "pk"),
    "-ingreso": ("-last_sign_in_at", "-pk"),
}
STATUS_TONES = {
    UserStatus.READY: "success",
    UserStatus.NOT_ACTIVATED: "waiting",
    UserStatus.LOCKED: "danger",
    UserStatus.DISABLED: "muted",
}
SHOWN_SERVICES = 3  # of each person; the rest is a number


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What the person asked for, already cleaned: nonsense in the address is no filter."""

    text: str = ""
    role: str = ""
    status: str = ""
    service: str = ""  # public id of a subscription
    order: str = "nombre"

    @classmethod
    def of(cls, data: QueryDict | Mapping[str, str]) -> UserFilter:
        def choice(name: str, allowed: Any) -> str:
            value = str(data.get(name, ""))
            return value if value in allowed else ""

        return cls(
            text=" ".join(str(data.get("q", "")).replace("\x00", "").split())[:100],
            role=choice("rol", Role.values),
            status=choice("estado", UserStatus.values),
            service=str(data.get("servicio", "")) if _is_uuid(str(data.get("servicio", ""))) else "",
            order=choice("orden", ORDERS) or "nombre",
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.text or self.role or self.status or self.service)

    @property
    def patterns(self) -> list[str]:
        return [containing(word) for word in fold(self.text).split()]

    def apply(self, members: QuerySet[Membership]) -> QuerySet[Membership]:
        return _narrowed(members, self.patterns, role=self.role, status=self.status, service=self.service)


def _narrowed(
    members: QuerySet[Membership], patterns: Iterable[str], *, role: str, status: str, service: str | UUID
) -> QuerySet[Membership]:
    members = members.filter(*[Like(F("search_text"), pattern) for pattern in patterns])
    if role:
        members = members.filter(role=role)
    if status:
        members = members.with_status(status)  # type: ignore[attr-defined]
    if service:
        granted = ServiceDelegation.objects.filter(_in_force(), subscription__public_id=service)
        members = members.filter(user__in=granted.values("user"))
    return members


def members_matching(account: Account, wanted: UserFilter) -> QuerySet[Membership]:
    """Everybody whom this filter shows, for *todos los que coinciden* and for exports."""
    return wanted.apply(Membership.objects.filter(account=account))


def user_page(account: Account, wanted: UserFilter, cursor: str) -> tuple[Page[Any], CappedCount]:
    """One page of lean rows and how many there are: one statement."""
    values: dict[str, Any] = {f"word{number}": pattern for number, pattern in enumerate(wanted.patterns)}
    pages = _pages(wanted.order, len(values), bool(wanted.role), wanted.status, bool(wanted.service))
    if wanted.role:
        values["role"] = wanted.role
    if wanted.service:
        values["service"] = UUID(wanted.service)
    page = pages.page(account.pk, cursor, **values)
    return page, total_of(page, SEARCH_LIMIT if wanted.text else COUNT_LIMIT)


@cache
def _pages(order: str, words: int, has_role: bool, status: str, has_service: bool) -> PreparedPages:
    """Lists of one shape: compiled at its first page, for good."""
    names = [f"word{number}" for number in range(words)]

    def build(scope: int, role: str = "", service: Any = "", **patterns: str) -> QuerySet[Any] | Search:
        everybody = Membership.objects.filter(account=gin_key(scope) if words else scope)
        found = _narrowed(everybody, [patterns[name] for name in names], role=role, status=status, service=service)
        if words:
            return Search.of(found, _lean(Membership.objects.all()), limit=SEARCH_LIMIT)
        sql, parameters = found.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
        total = RawSQL(f"(SELECT count(*) FROM ({sql}) AS counted)", parameters)  # noqa: S608, S611 - compiled by Django
        return _lean(found).annotate(total=total)

    types: dict[str, type] = dict.fromkeys(names, str)
    if has_role:
        types["role"] = str
    if has_service:
        types["service"] = UUID
    return PreparedPages(build, order=ORDERS[order], types=types)


def _in_force() -> Q:
    return Q(ends_at__isnull=True) | Q(ends_at__gt=Now())


# Written as SQL: built by the ORM for every page, these two would cost more than PostgreSQL needs to answer.
SERVICES_SQL = """ARRAY(SELECT s.name FROM marketplace_servicedelegation d
    JOIN marketplace_subscription s ON s.id = d.subscription_id
    WHERE d.user_id = accounts_membership.user_id AND s.account_id = accounts_membership.account_id
        AND (d.ends_at IS NULL OR d.ends_at > now()) ORDER BY s.name LIMIT %s)"""
LETTER_SQL = """(SELECT json_build_object('state', j.state, 'message', j.user_message, 'expires_at', a.expires_at)::text
    FROM users_activation a LEFT JOIN provisioning_job j ON j.id = a.last_job_id
    WHERE accounts_membership.is_pending AND a.membership_id = accounts_membership.id
        AND a.used_at IS NULL AND a.superseded_at IS NULL)"""


def _lean(members: QuerySet[Membership], services: int | None = SHOWN_SERVICES + 1) -> QuerySet[Any]:
    return members.annotate(
        services=RawSQL(SERVICES_SQL, [services], ArrayField(TextField())),  # noqa: S611 - constants above
        letter=RawSQL(LETTER_SQL, [], TextField()),  # noqa: S611
    ).values(
        "pk", "public_id", "name", "email", "role", "is_active", "is_pending", "last_sign_in_at", "search_text",
        "user__is_active", "user__locked_until", "notification_email", "services", "letter",
    )  # fmt: skip


@dataclass(slots=True)
class UserRow:
    """What the template writes: nothing left to compute, so that fifty rows cost next to nothing."""

    public_id: str
    url: str
    name: str
    email: str
    role: str
    is_admin: bool
    badge: SafeString
    letter: str
    letter_failed: bool
    services: list[str]
    has_more_services: bool
    signed_in: str


def user_rows(page: Page[Any], base_url: str) -> list[UserRow]:
    """``base_url`` is the list's address: a person's is that and the public id."""
    roles = {role.value: str(role.label) for role in Role}
    badges = {status: badge(STATUS_TONES[status], status.label) for status in UserStatus}
    never, zone, form = _("Nunca"), timezone.get_current_timezone(), get_format("SHORT_DATETIME_FORMAT")
    rows = []
    for row in page.rows:
        status = status_of(row)
        letter, failed = (
            letter_text(json.loads(row["letter"] or "null")) if status == UserStatus.NOT_ACTIVATED else ("", False)
        )
        at = row["last_sign_in_at"]
        rows.append(
            UserRow(
                public_id=str(row["public_id"]),
                url=f"{base_url}{row['public_id']}/",
                name=row["name"] or row["email"],
                email=readable_email(row["email"]),
                role=roles[row["role"]],
                is_admin=row["role"] == Role.ACCOUNT_ADMIN,
                badge=badges[status],
                letter=letter,
                letter_failed=failed,
                services=row["services"][:SHOWN_SERVICES],
                has_more_services=len(row["services"]) > SHOWN_SERVICES,
                signed_in=never if at <= NEVER else dateformat.format(at.astimezone(zone), form),
            )
        )
    return rows


def export_rows(members: QuerySet[Membership]) -> Iterator[list[Any]]:
    """For a download: by name, in portions, with every delegated service."""
    roles = {role.value: str(role.label) for role in Role}
    rows = _lean(members, services=None).order_by("search_text", "pk")
    for row in rows.iterator(chunk_size=2000):
        at = row["last_sign_in_at"]
        status = str(status_of(row).label)
        services = ", ".join(row["services"])
        signed_in = None if at <= NEVER else at
        yield [row["name"], row["email"], roles[row["role"]], services, status, signed_in, row["notification_email"]]


def status_of(row: Mapping[str, Any]) -> UserStatus:
    """:attr:`Membership.status` for a lean row."""
    if not (row["is_active"] and row["user__is_active"]):
        return UserStatus.DISABLED
    if row["user__locked_until"] and row["user__locked_until"] > timezone.now():
        return UserStatus.LOCKED
    return UserStatus.NOT_ACTIVATED if row["is_pending"] else UserStatus.READY


def letter_text(letter: Mapping[str, Any] | None) -> tuple[str, bool]:
    """What became of the activation e-mail, and whether somebody has to do something about it."""
    if not letter:
        return _("No se ha enviado el correo de activación"), True
    if letter["state"] in ACTIVE_STATES:
        return _("Enviando el correo de activación"), False
    if letter["state"] in {JobState.FAILED, JobState.CANCELLED}:
        return letter["message"] or _("No se pudo enviar el correo de activación"), True
    if _instant(letter["expires_at"]) <= timezone.now():
        return _("El enlace venció: reenvíe el correo"), True
    return _("Correo de activación enviado"), False


def _instant(value: str | datetime) -> datetime:
    """JSON has no times: PostgreSQL writes them as ISO 8601."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
