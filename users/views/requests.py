"""Solicitar acceso, and the administrators' answer in one click."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_required, check_role, get_visible_or_404, require_role
from accounts.models import Membership, Role
from accounts.notifications import administrators_of
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import keyset_page
from users.forms.requests import RequestForm
from users.models import AccessRequest
from users.services.requests import decline_access, grant_access, request_access


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def request_list(request: PanelRequest) -> HttpResponse:
    found = AccessRequest.objects.visible_to(request.membership).select_related("user", "subscription", "decided_by")
    page = keyset_page(found, order=("-pk",), cursor=request.GET.get("cursor", ""))
    names = Membership.objects.filter(account=request.account, user__in=[row.user_id for row in page.rows])
    people = {member.user_id: member for member in names}
    rows = [{"request": row, "member": people.get(row.user_id)} for row in page.rows]
    return render(request, "users/requests.html", {"page": page, "rows": rows})


@account_required
def ask_for_access(request: PanelRequest) -> HttpResponse:
    form = bound_or_stashed(request, RequestForm, member=request.membership)
    if request.method == "POST" and form.is_valid():
        try:
            request_access(actor=request.actor, member=request.membership, **form.wish())
        except BusinessError as error:
            form.add_error(error.field if error.field in form.fields else None, error.user_message)
        else:
            messages.success(request, _("Solicitud enviada. Le avisaremos cuando un administrador responda."))
            return redirect("users:ask")
    mine = AccessRequest.objects.filter(account=request.account, user=request.user.pk).select_related("subscription")
    context = {"form": form, "mine": mine[:10], "administrators": administrators_of(request.account)[:5]}
    return render(request, "users/ask.html", context)


@account_required
@require_POST
def grant(request: PanelRequest, public_id: Any) -> HttpResponse:
    return _decide(request, public_id, grant_access, _("Acceso concedido."))


@account_required
@require_POST
def decline(request: PanelRequest, public_id: Any) -> HttpResponse:
    return _decide(request, public_id, decline_access, _("Solicitud rechazada."))


def _decide(request: PanelRequest, public_id: Any, service: Any, done: str) -> HttpResponse:
    asked = get_visible_or_404(request, AccessRequest.objects.select_related("user", "subscription"), public_id)
    check_role(request, Role.ACCOUNT_ADMIN)
    try:
        service(actor=request.actor, request=asked)
    except BusinessError as error:
        messages.error(request, error.user_message)
    else:
        messages.success(request, done)
    return redirect("users:requests")
