"""How far an order has come, in the words of the order page. Paid and working are told apart: one never implies the
other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from billing.models import Invoice, Payment
from billing.services.paying import AWAITED
from cloudpanel.core.money import ZERO, format_money
from marketplace.models import Order, OrderItem, PaymentState
from marketplace.services.orders import RETRYABLE, SETTLED, is_abortable

HISTORY = 50  # orders that the expected time is worked out from
_BEGUN_AND_DONE = ("order__created_at", "order__started_at", "completed_at")
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
    services: list[dict[str, str]] = field(default_factory=list)
    charge: Payment | None = None  # the latest of its open invoice to a card: under way, or declined


def describe_progress(order: Order) -> Progress:
    """One query for the expected time while something is still to come, one for the card while something is owed."""
    is_live = order.state not in SETTLED | WAITING_FOR_A_PERSON
    wait = expected_wait(order) if is_live else None
    late = is_live and is_late(order, wait)
    charge = _charge_of(order.invoice)
    return Progress(
        events=_events(order),
        is_live=is_live,
        is_retryable=order.state in RETRYABLE,
        is_abortable=is_abortable(order),
        mark=_mark(order, late, charge),
        expected=describe_wait(wait),
        is_late=late,
        services=[_service(order, item) for item in order.items.all()],
        charge=charge,
    )


def _charge_of(invoice: Invoice | None) -> Payment | None:
    """None for what was paid, or given up by the customer: then there is nothing to be said about a card."""
    if invoice is None or invoice.state != Invoice.State.OPEN:
        return None
    latest = invoice.payments.filter(method=Payment.Method.CARD).order_by("-pk").first()
    return latest if latest and latest.state in AWAITED | {Payment.State.FAILED} else None


def _mark(order: Order, late: bool, charge: Payment | None) -> str:
    done = sum(1 for item in order.items.all() if item.completed_at)
    return f"{order.state}.{order.payment_state}.{done}{'.late' if late else ''}{f'.{charge.state}' if charge else ''}"


def is_late(order: Order, wait: timedelta | None) -> bool:
    """Three times what is usual, and never before a minute: then the usual time is no longer the truth."""
    return timezone.now() - order.created_at > max(3 * (wait or timedelta()), timedelta(minutes=1))


def expected_wait(order: Order) -> timedelta | None:
    """The median time until it worked, of this panel's latest services of the same kinds of order and product. What
    waited for its payment counts from the payment on."""
    products = {item.subscription.product_id for item in order.items.all()}
    done = OrderItem.objects.filter(order__kind=order.kind, subscription__product__in=products)
    times = done.exclude(completed_at=None).order_by("-pk").values_list(*_BEGUN_AND_DONE)[:HISTORY]
    waits = [(done - (begun_late or begun)).total_seconds() for begun, begun_late, done in times if done]
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


def _service(order: Order, item: OrderItem) -> dict[str, str]:
    """One of several in the order: how far it has come by itself."""
    if item.completed_at:
        state, label = "success", _("Listo")
    elif order.state == Order.State.CANCELLED:
        state, label = "muted", _("Cancelado")
    elif item.failure_message:
        state, label = "danger", _("Requiere atención")
    else:
        state, label = ("progress", _("En proceso")) if item.job_id else ("waiting", _("En espera"))
    opens = item.completed_at and order.state != Order.State.CANCELLED
    return {
        "name": item.subscription.name,
        "tone": state,
        "label": label,
        "failure": "" if item.completed_at else item.failure_message,
        "url": item.subscription.get_absolute_url() if opens else "",
    }


def _events(order: Order) -> list[dict[str, Any]]:
    """A renewal and a cancellation put nothing in motion at the remote side that somebody would wait for."""
    if order.kind == Order.Kind.RENEWAL:
        return [_placed(order), _payment(order)]
    if order.kind == Order.Kind.CANCELLATION:
        return [_placed(order), _ready(order)]
    return [_placed(order), _payment(order), _provisioning(order), _ready(order)]


def _event(label: str, state: str, at: Any = None, text: str = "") -> dict[str, Any]:
    return {"label": label, "state": state, "at": at, "text": text}


def _placed(order: Order) -> dict[str, Any]:
    who = order.terms_accepted_by or (Actor(order.created_by).name if order.created_by else "")
    text = _("Confirmado por %(who)s") % {"who": who} if who else _("Hecho por el panel")
    return _event(_("Pedido"), "done", order.created_at, text)


def _payment(order: Order) -> dict[str, Any]:
    label, invoice = _("Pago"), order.invoice
    if invoice is None:
        text = _("Sin costo durante la prueba") if order.trial_days else _("Sin costo")
        return _event(label, "done", text=text)
    due = {"date": date_format(invoice.due_date, "DATE_FORMAT"), "rest": format_money(invoice.rest, invoice.currency)}
    states = {
        PaymentState.OPEN: ("todo", None, _("Por pagar, a más tardar el %(date)s") % due),
        PaymentState.PARTLY: ("todo", None, _("Faltan %(rest)s, a más tardar el %(date)s") % due),
        PaymentState.OVERDUE: ("failed", None, _("Debió pagarse el %(date)s") % due),
        PaymentState.PAID: ("done", invoice.paid_at, _("Pagado")),
    }
    if order.payment_state in states:
        return _event(label, *states[order.payment_state])
    return _event(label, "done", invoice.cancelled_at, _what_came_back(invoice))


def _what_came_back(invoice: Invoice) -> str:
    """The invoice was cancelled: where its money is, if there was any."""
    payments = Payment.objects.filter(invoice=invoice).exclude(received_at=None)
    sums = payments.aggregate(refunded=Sum("refunded"), amount=Sum("amount"))
    if not sums["amount"]:
        return _("Cancelado: no se debe nada")
    money = {"amount": format_money(sums["refunded"] or ZERO, invoice.currency)}
    if payments.filter(refunds__state__in=["due", "processing"]).exists():
        return _("Le devolveremos %(amount)s") % money
    return _("Le devolvimos %(amount)s") % money if sums["refunded"] else _("Lo que pagó quedó como saldo a su favor")


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
