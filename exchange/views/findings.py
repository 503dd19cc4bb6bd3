"""*Comparación con el servidor*: what differs, and what is done about it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Max, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.findings_shown import shown_of_finding, sides_of, why_it_failed
from exchange.models import Comparison, Finding
from exchange.services.reconcile import (
    Choice,
    Verb,
    compare_now,
    decide,
    extent_of,
    findings_for,
    may_force,
)
from exchange.services.selection import moment_in
from exchange.views.common import closed_reason, subscription_view
from marketplace.models import Subscription

SHOWN = 10
MAX_TICKED = 1000
RESOLVED = "resueltas"
WHAT_IT_IS = {
    Verb.REPAIR: gettext_lazy("Seleccione algo que se pueda reparar: datos distintos, o lo que falta en el servidor."),
    Verb.ADOPT: gettext_lazy(
        "Seleccione algo que se pueda adoptar: datos distintos, o lo que no está en el panel. Las listas y los contactos no"
        " se adoptan: repárelos o quítelos."
    ),
    Verb.REMOVE: gettext_lazy(
        "Seleccione lo que solo está en uno de los dos lados. Una lista o un contacto que solo está en el panel se elimina"
        " en su página."
    ),
}


def choice_in(data: QueryDict) -> Choice:
    """What was ticked. Ids that make no sense are as good as none."""
    ids: list[UUID] = []
    for text in data.getlist("finding[]")[:MAX_TICKED]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return Choice(tuple(ids), is_everything=data.get("todas") == "1", until=moment_in(data.get("hasta", "")))


@subscription_view
@require_safe
def finding_list(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """The open ones by address, or those that were solved, the latest first."""
    is_resolved = request.GET.get("ver") == RESOLVED
    mine = Finding.objects.filter(subscription=subscription)
    found: QuerySet[Finding] = mine.resolved() if is_resolved else mine.unresolved()
    order = ("-resolved_at", "-pk") if is_resolved else ("address", "pk")
    page = keyset_page(found.select_related("last_job"), order=order, cursor=request.GET.get("cursor", ""))
    rows = [
        {"finding": row, "shown": shown_of_finding(row), "sides": sides_of(row), "failure": why_it_failed(row)}
        for row in page.rows
    ]
    comparison = Comparison.objects.select_related("last_job").filter(subscription=subscription).first()
    context = {
        "subscription": subscription,
        "comparison": comparison,
        "is_comparing": bool(comparison and comparison.last_job and comparison.last_job.is_active),
        "is_resolved": is_resolved,
        "page": page,
        "rows": rows,
        "total": capped_count(found),
        "closed_reason": closed_reason(subscription),
    }
    return render(request, "exchange/findings.html", context)


@subscription_view
@require_POST
def comparison_start(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    try:
        compare_now(actor=request.actor, subscription=subscription)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.info(request, _("Se está comparando con el servidor de correo. Actualice en unos segundos."))
    return redirect("exchange:findings", subscription.public_id)


@never_cache
@subscription_view
def finding_decide(request: PanelRequest, subscription: Subscription, verb: str) -> HttpResponse:
    """The question on GET (the list's own form leads here), the beginning of the work on its confirmation."""
    wanted, back = Verb(verb), reverse("exchange:findings", args=[subscription.public_id])
    if request.method == "POST":
        return _decide(request, subscription, wanted, back)
    choice = choice_in(request.GET)
    findings = findings_for(subscription, wanted, choice)
    extent = extent_of(subscription, findings)
    if not extent.count:
        messages.warning(request, WHAT_IT_IS[wanted])
        return redirect(back)
    context = {
        "subscription": subscription,
        "verb": verb,
        "choice": choice,
        "until": findings.aggregate(newest=Max("opened_at"))["newest"].isoformat(),
        "extent": extent,
        "may_force": may_force(request.actor, subscription),
        "some": findings.order_by("address", "pk")[:SHOWN],
        "more": max(extent.count - SHOWN, 0),
        "back": back,
    }
    return render(request, "exchange/finding_decide.html", context)


def _decide(request: PanelRequest, subscription: Subscription, verb: Verb, back: str) -> HttpResponse:
    is_forced = request.POST.get("forzar") == "1"
    choice = choice_in(request.POST)
    try:
        begun, refused = decide(
            actor=request.actor, subscription=subscription, verb=verb, choice=choice, is_forced=is_forced
        )
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect(back)
    if begun:
        text = ngettext(
            "Se está resolviendo %(count)s diferencia.", "Se están resolviendo %(count)s diferencias.", begun
        )
        messages.success(request, text % {"count": begun})
    if refused:
        text = ngettext("%(count)s no se pudo:", "%(count)s no se pudieron:", refused)
        reason = _(
            "ya se está cambiando, una de sus direcciones está en uso, su plan no tiene lugar, "
            "o difiere en algo que solo se puede reparar (la dirección o la respuesta automática)."
        )
        messages.warning(request, f"{text % {'count': refused}} {reason}")
    if not begun and not refused:
        messages.info(request, _("No había nada que hacer: esas diferencias ya se estaban resolviendo."))
    return redirect(back)
