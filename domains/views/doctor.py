"""*Salud del dominio*: look again, now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain
from domains.services.doctor import examine_now
from domains.views.common import administrator_view


@administrator_view
@require_POST
def examine(request: PanelRequest, domain: Domain) -> HttpResponse:
    try:
        examine_now(actor=request.actor, domain=domain)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.info(request, _("Se está revisando el dominio. Actualice en unos segundos."))
    return redirect("domains:domain", domain.public_id)
