"""What the registry has to do with the domain: its facts, what can be done, a transfer on its way, differences."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.requests import PanelRequest
from domains.models import Domain, DomainFinding, DomainTransfer
from domains.services.keeping import closed_reason, undone
from domains.services.names import ending_of, shop_for
from marketplace.models import Order
from marketplace.views.steps import why_not

Step = DomainTransfer.Step
PASSED = {  # how many marks of the timeline are done at each step
    Step.CHECKING: 1,
    Step.READY: 2,
    Step.ORDERED: 3,
    Step.ASKED: 4,
    Step.ARRIVED: 5,
}


def registry_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    if domain.kind == Domain.Kind.EXTERNAL:
        return {}
    common = {"may_buy": request.membership.is_admin, "denied": why_not(request)}
    if domain.kind == Domain.Kind.TRANSFER:
        return {**common, **_transfer(domain)}
    if domain.state in (Domain.State.PENDING, Domain.State.FAILED):
        return {**common, "waiting_order": _order_of(domain)}
    return {**common, **_registered(request, domain)}


def _registered(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    job, subscription = undone(domain), domain.subscription
    context: dict[str, Any] = {
        "registry": True,
        "closed": closed_reason(domain),
        "failed_job": job,
        "may_retry": job is not None and not job.has_secret,
        "auto_renew": subscription is not None and subscription.auto_renew,
        "year_price": subscription.price if subscription is not None else None,
        "findings": list(domain.findings.exclude(state=DomainFinding.State.RESOLVED).order_by("pk")),
    }
    if domain.state == Domain.State.REDEMPTION:
        shop = shop_for(request.account)
        context["redemption"] = True
        context["restore_price"] = shop.restore_price(ending_of(domain.name)) if shop else None
        context["year_price"] = shop.price(ending_of(domain.name)) if shop else None
    return context


def _transfer(domain: Domain) -> dict[str, Any]:
    transfer = DomainTransfer.objects.filter(domain=domain).first()
    if transfer is None:
        return {}
    return {
        "transfer": transfer,
        "transfer_events": timeline(transfer),
        "transfer_order": _order_of(domain),
        "transfer_open": transfer.step in DomainTransfer.OPEN,
    }


def _order_of(domain: Domain) -> Order | None:
    if domain.subscription_id is None:
        return None
    return (
        Order.objects.filter(items__subscription=domain.subscription_id, kind=Order.Kind.SALE).order_by("-pk").first()
    )


def timeline(transfer: DomainTransfer) -> list[dict[str, Any]]:
    """For ``components/timeline.html``: what has happened, with its date, and what comes."""
    until = date_format(timezone.localtime(transfer.act_by), "DATETIME_FORMAT") if transfer.act_by else ""
    approval = _("A más tardar el %(date)s") % {"date": until} if until else _("Puede tardar hasta 5 días")
    marks = [
        (_("Pedida"), transfer.created_at, ""),
        (
            _("Revisada con el registro"),
            transfer.checked_at,
            _("Existe, sin bloqueo, con más de 60 días y clave correcta"),
        ),
        (_("Confirmada y pagada"), transfer.asked_at or transfer.ordered_at, _("Se solicita en cuanto llega su pago")),
        (_("Solicitada al otro proveedor"), transfer.asked_at, approval),
        (_("Con nosotros"), transfer.ended_at if transfer.step == Step.ARRIVED else None, ""),
    ]
    if transfer.step in PASSED:
        return _open_marks(marks, PASSED[Step(transfer.step)])
    return _ended_marks(marks, transfer)


def _open_marks(marks: list[tuple[str, Any, str]], passed: int) -> list[dict[str, Any]]:
    states = ["done"] * passed + ["current"] + ["todo"] * len(marks)
    return [
        {"label": label, "state": state, "at": at if state == "done" else None, "text": text if state != "todo" else ""}
        for (label, at, text), state in zip(marks, states, strict=False)
    ]


def _ended_marks(marks: list[tuple[str, Any, str]], transfer: DomainTransfer) -> list[dict[str, Any]]:
    """As far as it came, and why no further."""
    done = [{"label": label, "state": "done", "at": at, "text": ""} for label, at, _text in marks if at]
    end = {"label": transfer.get_step_display(), "state": "failed", "at": transfer.ended_at, "text": transfer.reason}
    return [*done, end]
