"""What the steps of a purchase share. All choices travel in the address: Back, reload and signing in again lose none.

``compra`` is the purchase's token, made at the first step. Once it has become an order, every step leads there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache

from accounts.access import account_required
from accounts.notifications import administrators_of
from accounts.requests import PanelRequest
from marketplace.models import Order
from marketplace.services.purchases import find_order

TOKEN = "compra"  # noqa: S105 - the name of a parameter
RETURN = "volver"
SEEN = "visto"  # what the customer had seen, sealed, when it is not what there is now
MISSING = "falta"  # the terms were not accepted
FLAGS = {"siguiente", "finalizar", SEEN, MISSING}  # what became of one step; the next one knows nothing of it


class NotOnSale(Http404):
    """A service or package that cannot be bought (any more). Whoever just confirmed it is told so."""


class PurchaseRequest(PanelRequest):
    """For annotations: what ``purchase_step`` hands to a view."""

    purchase: UUID  # its token, which becomes one order at most


def token_in(query: QueryDict) -> UUID | None:
    try:
        return UUID(query.get(TOKEN, ""))
    except ValueError:
        return None


def with_choices(address: str, query: QueryDict, **changes: Any) -> str:
    """``address`` with the choices made so far and ``changes``."""
    choices = query.copy()
    for name in FLAGS | changes.keys():
        choices.pop(name, None)
    choices.update({name: str(value) for name, value in changes.items()})
    return f"{address}?{choices.urlencode()}" if choices else address


def choices_beside(form: forms.Form, query: QueryDict) -> list[tuple[str, str]]:
    """What earlier steps chose, for the hidden fields of a step that asks for ``form``."""
    asked = form.fields.keys() | FLAGS
    return [(name, query.get(name, "")) for name in query if name not in asked]


def purchase_step(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Signed in, never cached, and ``request.purchase`` is the token: a missing one is made, a used one ends at its
    order. A POST is not looked up here: the database decides who was first."""

    @never_cache
    @account_required
    @functools.wraps(view)
    def step(request: PurchaseRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = token_in(request.GET)
        if token is None:
            return redirect(with_choices(request.path, request.GET, **{TOKEN: uuid4()}))
        if request.method != "POST":
            order = find_order(request.account, token)
            if order is not None:
                return to_existing_order(request, order)
        request.purchase = token
        try:
            return view(request, *args, **kwargs)
        except NotOnSale:
            if request.method != "POST":
                raise
            return _withdrawn(request)

    return step


def _withdrawn(request: PurchaseRequest) -> HttpResponse:
    """*Confirmar* of what was withdrawn meanwhile: to the order, when the other click was first."""
    first = find_order(request.account, request.purchase)
    if first is not None:
        return to_existing_order(request, first)
    messages.warning(request, _("Lo que iba a contratar ya no está a la venta. No se cobró nada."))
    return redirect("marketplace:families")


def to_existing_order(request: PanelRequest, order: Order) -> HttpResponse:
    messages.info(
        request,
        _("Esta compra ya está confirmada: es el pedido %(number)s. No se cobró de nuevo.") % {"number": order.number},
    )
    return redirect(order_address(order))


STEPS = (_lazy("Plan"), _lazy("Recursos adicionales"), _lazy("Confirmación"))
CHANGE_STEPS = STEPS[1:]


def steps_line(current: int, labels: Sequence[Any] = STEPS) -> list[dict[str, Any]]:
    """For ``components/steps.html``; ``current`` counts from 0."""
    states = ["done"] * current + ["current"] + ["todo"] * (len(labels) - current - 1)
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def why_not(request: PanelRequest) -> str:
    """Why this person cannot buy and who can; empty for administrators. The step is shown, its button is not."""
    if request.membership.is_admin:
        return ""
    names = ", ".join(person.name or person.email for person in administrators_of(request.account))
    return _("Solo un administrador de la cuenta puede contratar. Pídalo a %(names)s.") % {"names": names or "soporte"}


def order_address(order: Order) -> str:
    return reverse("marketplace:order", args=[order.public_id])


def local_path(request: PanelRequest, path: str) -> str:
    """``path`` if it leads back into this panel, else nothing: an address of another site is never followed."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and len(path) <= Order._meta.get_field("return_path").max_length else ""  # type: ignore[operator]
