"""*Salud del dominio*: look again now, and write what is wanting."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain
from domains.services.doctor import examine_now
from domains.services.doctor_fixes import apply_fixes
from domains.views.common import administrator_view, done_or_told


@administrator_view
@require_POST
def examine(request: PanelRequest, domain: Domain) -> HttpResponse:
    act = partial(examine_now, actor=request.actor, domain=domain)
    said = _("Se está revisando el dominio. Actualice en unos segundos.")
    return done_or_told(request, domain, act, said, tell=messages.info, refuse=messages.error)


@administrator_view
@require_POST
def mend(request: PanelRequest, domain: Domain) -> HttpResponse:
    """*Aplicar en el DNS*."""
    try:
        is_applied = apply_fixes(actor=request.actor, domain=domain)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        done = _("Los registros van en camino a los servidores de nombres. Lo revisaremos en unos minutos.")
        beside = _("Ya había cambios sin aplicar en su DNS: añadimos ahí los registros. Revise el plan y aplíquelo.")
        messages.success(request, done if is_applied else beside)
    return redirect("domains:domain", domain.public_id)
