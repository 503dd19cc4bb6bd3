"""How far an order has come, in the words of the order page. Paid and working are told apart: one never implies the
other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment
from marketplace.models import Order
from marketplace.services.orders import ABORTABLE, RETRYABLE, SETTLED

HISTORY = 50  # orders that the expected time is worked out from
WAITING_FOR_A_PERSON = frozenset({Order.State.NEEDS_ATTENTION, Order.State.PENDING_PAYMENT})


@dataclass(frozen=True, slots=True)
class Progress:
    """``events`` are for ``components/timeline.html``. ``is_live``: the page should ask again by itself."""

    events: list[dict[str, Any]]
    is_live: bool
    is_retryable: bool
    is_abortable: bool
    mark: str  # changes whenever something of this does
    expected: str = ""
    is_late: bool = False


def describe_progress(order: Order) -> Progress:
    """One query for the expected time while something is still to come, none afterwards."""
    is_live = order.state not in SETTLED | WAITING_FOR_A_PERSON
    wait = expected_wait(order) if is_live else None
    late = is_live and is_late(order, wait)
    return Progress(
        events=[_placed(order), _payment(order), _provisioning(order), _ready(order)],
        is_live=is_live,
        is_retryable=order.state in RETRYABLE,
        is_abortable=order.state in ABORTABLE,
        mark=f"{order.state}.{order.payment.state if order.payment else ''}{'.late' if late else ''}",
        expected=describe_wait(wait),
        is_late=late,
    )


def is_late(order: Order, wait: timedelta | None) -> bool:
    """Three times what is usual, and never before a minute: then the usual time is no longer the truth."""
    return timezone.now() - order.created_at > max(3 * (wait or timedelta()), timedelta(minutes=1))


def expected_wait(order: Order) -> timedelta | None:
    """The median time from *Confirmar* to *Completado* of this panel's latest orders of the same kind and product."""
    done = Order.objects.filter(
        state=Order.State.COMPLETED, kind=order.kind, subscription__product=order.subscription.product_id
    )
    times = done.order_by("-pk").values_list("created_at", "completed_at")[:HISTORY]
    waits = [(completed - created).total_seconds() for created, completed in times if completed]
    return timedelta(seconds=median(waits)) if waits else None


def describe_wait(wait: timedelta | None) -> str:
    if wait is None:
        return ""
    seconds = wait.total_seconds()
    if seconds < 60:
        return _("menos de un minuto")
    if seconds < 3600:
        minutes = round(seconds / 60)
        return ngettext("alrededor de %(n)s minuto", "alrededor de %(n)s minutos", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    return ngettext("alrededor de %(n)s hora", "alrededor de %(n)s horas", hours) % {"n": hours}


def _event(label: str, state: str, at: Any = None, text: str = "") -> dict[str, Any]:
    return {"label": label, "state": state, "at": at, "text": text}


def _placed(order: Order) -> dict[str, Any]:
    return _event(_("Pedido"), "done", order.created_at, _("Confirmado por %(who)s") % {"who": order.terms_accepted_by})


def _payment(order: Order) -> dict[str, Any]:
    label, payment = _("Pago"), order.payment
    if payment is None:
        return _event(label, "done", text=_("Sin costo"))
    due = {"date": date_format(payment.due_date, "DATE_FORMAT") if payment.due_date else ""}
    states = {
        Payment.State.PENDING: ("todo", None, _("Por pagar, a más tardar el %(date)s") % due),
        Payment.State.RECEIVED: ("done", payment.received_at, _("Pagado")),
        Payment.State.CANCELLED: ("done", order.cancelled_at, _("Cancelado: no se debe nada")),
        Payment.State.REFUND_DUE: ("current", None, _("Le devolveremos lo que pagó")),
        Payment.State.REFUNDED: ("done", None, _("Devuelto")),
    }
    return _event(label, *states[Payment.State(payment.state)])


def _provisioning(order: Order) -> dict[str, Any]:
    texts = {
        Order.State.PENDING_PAYMENT: ("todo", None, _("Empieza cuando llegue su pago")),
        Order.State.IN_PROGRESS: ("current", None, _("En espera de turno")),
        Order.State.PROVISIONING: ("current", order.provisioning_at, _("Se está poniendo en marcha")),
        Order.State.COMPLETED: ("done", order.provisioning_at, ""),
        Order.State.NEEDS_ATTENTION: ("failed", order.provisioning_at, order.failure_message),
        Order.State.CANCELLED: ("failed", order.cancelled_at, _("Se canceló el pedido")),
    }
    return _event(_("Aprovisionamiento"), *texts[Order.State(order.state)])


def _ready(order: Order) -> dict[str, Any]:
    is_done = order.state == Order.State.COMPLETED
    return _event(_("Listo"), "done" if is_done else "todo", order.completed_at)
