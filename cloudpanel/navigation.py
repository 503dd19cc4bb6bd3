"""What the left menu and the top bar offer to this person. An entry whose address does not exist is not offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role
from cloudpanel.core.drivers import get_lifecycle
from marketplace.menu import managed_services
from marketplace.models import Subscription

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

EVERYBODY = frozenset(Role)
ADMINISTRATORS = frozenset({Role.ACCOUNT_ADMIN})
MANAGERS = frozenset({Role.ACCOUNT_ADMIN, Role.DELEGATE})


@dataclass(frozen=True)
class Entry:
    """One line of the menu; ``roles`` is who sees it. One with children shows those that its reader sees."""

    label: StrPromise | str
    url: str
    icon: str = ""
    roles: frozenset[Role] = EVERYBODY
    children: tuple[Entry, ...] = field(default=())


MENU = (
    Entry(_("Inicio"), "/", "home"),
    Entry(_("Usuarios"), "/usuarios/", "users", ADMINISTRATORS),
    Entry(_("Mis servicios"), "/mis-servicios/", "mailbox", frozenset({Role.SERVICE_USER})),
    Entry(_("Mercado"), "/mercado/", "building-store", ADMINISTRATORS),
    Entry(_("Dominios"), "/dominios/", "world", MANAGERS),
    Entry(
        _("Cuenta"),
        "",
        "building",
        MANAGERS,
        (
            Entry(_("Pedidos y facturas"), "/cuenta/pedidos/", roles=ADMINISTRATORS),
            Entry(_("Suscripciones"), "/cuenta/suscripciones/", roles=MANAGERS),
            Entry(_("Métodos de pago"), "/cuenta/metodos-de-pago/", roles=ADMINISTRATORS),
            Entry(_("Perfil de la cuenta"), "/cuenta/perfil/", roles=ADMINISTRATORS),
            Entry(_("Seguridad de la cuenta"), "/cuenta/seguridad/", roles=ADMINISTRATORS),
            Entry(_("Registro de acciones"), "/cuenta/registro/", roles=ADMINISTRATORS),
        ),
    ),
)
OTHER_SERVICES = "/otros-servicios/"
MOST_SERVICES = 100  # read for one page; Otros servicios pages through all
MENU_SERVICES = 8  # in the menu, which is no list to search


@cache
def exists(url: str) -> bool:
    """Whether the panel answers at this address (design, section 8). The answer cannot change while it runs."""
    try:
        resolve(url)
    except Resolver404:
        return False
    return True


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "ROOT_URLCONF":
        exists.cache_clear()


def is_under(path: str, url: str) -> bool:
    """Whether the page at ``path`` belongs to the entry that leads to ``url``."""
    return path == url if url == "/" else path.startswith(url)


def panel_url(subscription: Subscription) -> str:
    """Where this service is managed; nothing when its kind brings no panel."""
    try:
        return str(get_lifecycle(subscription.kind).panel_url(subscription))
    except (KeyError, ImportError, NoReverseMatch):
        return ""


@dataclass(frozen=True)
class Line:
    """An entry as it is drawn on one page."""

    label: StrPromise | str
    url: str
    icon: str
    is_current: bool
    children: tuple[Line, ...] = ()


class Navigation:
    """Asked by base.html only; the one query (active subscriptions) happens when the menu is drawn."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.path = request.path
        self.membership: Membership | None = getattr(request, "membership", None)

    @property
    def lines(self) -> Iterator[Line]:
        if self.membership is None:
            return
        role = Role(self.membership.role)
        for entry in MENU:
            line = self._line(entry, role)
            if role in entry.roles and (line.url or line.children):
                yield line

    def _line(self, entry: Entry, role: Role) -> Line:
        shown = [child for child in entry.children if role in child.roles and exists(child.url)]
        children = tuple(self._line(child, role) for child in shown)
        is_current = any(child.is_current for child in children) if children else is_under(self.path, entry.url)
        url = entry.url if entry.url and exists(entry.url) else ""
        return Line(str(entry.label), url, entry.icon, bool((url or children) and is_current), children)

    @cached_property
    def services(self) -> list[Subscription]:
        """What is active and this person may manage, in the order in which it was bought. One query for each request."""
        return managed_services(self.request)[:MOST_SERVICES]

    @cached_property
    def subscriptions(self) -> list[Line]:
        """The services that bring a panel: the first few, and the one that is open."""
        later = [each for each in self.services[MENU_SERVICES:] if str(each.public_id) in self.path]
        found = [(service, panel_url(service)) for service in [*self.services[:MENU_SERVICES], *later]]
        return [Line(each.name, url, each.product.icon, is_under(self.path, url)) for each, url in found if url]

    @property
    def has_more_subscriptions(self) -> bool:
        return len(self.services) > MENU_SERVICES

    @property
    def other_services(self) -> str:
        """The address of *Otros servicios*, or nothing when this person has no services to choose among."""
        is_offered = self.membership is not None and not self.membership.is_service_user and exists(OTHER_SERVICES)
        return OTHER_SERVICES if is_offered else ""


def navigation_of(request: HttpRequest) -> Navigation:
    """One for each request, so that the page and its frame share the query."""
    if not hasattr(request, "navigation"):
        request.navigation = Navigation(request)  # type: ignore[attr-defined]
    found: Navigation = request.navigation  # type: ignore[attr-defined]
    return found
