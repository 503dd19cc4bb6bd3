"""The second factor that an account demands: what it asks of each person, and where administrators decide it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import require_role, sign_in_required
from accounts.factors import members_without_factor
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.services.account import set_second_factor_policy
from accounts.views.profile import local_address
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import capped_count

SHOWN = 20


@sign_in_required
@require_safe
def second_factor(request: PanelRequest) -> HttpResponse:
    """Explains, offers both ways, and lets through whoever has one."""
    following = local_address(request, request.GET.get("next", ""))
    if request.membership is not None and request.membership.has_second_factor:
        return redirect(following)
    return render(request, "accounts/second_factor.html", {"following": following})


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def policy(request: PanelRequest) -> HttpResponse:
    missing = members_without_factor(request.account.pk)
    context = {"missing": list(missing[:SHOWN]), "missing_count": capped_count(missing)}
    return render(request, "accounts/second_factor_policy.html", context)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def require_second_factor(request: PanelRequest) -> HttpResponse:
    try:
        set_second_factor_policy(actor=request.actor, account=request.account, is_required=True)
    except BusinessError as error:
        messages.error(request, error.user_message)
    else:
        messages.success(request, _("Desde ahora todas las personas de la cuenta necesitan un segundo factor."))
    return redirect("accounts:policy")


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def relax_second_factor(request: PanelRequest) -> HttpResponse:
    set_second_factor_policy(actor=request.actor, account=request.account, is_required=False)
    messages.success(request, _("El segundo factor ya no es obligatorio en la cuenta."))
    return redirect("accounts:policy")
