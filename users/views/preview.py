"""Ver como este usuario: begins on the person's page, ends from the banner."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import account_required
from accounts.models import Membership
from accounts.requests import PanelRequest
from users import preview
from users.services.previews import note_preview
from users.views.members import fetch_member


@account_required
@require_POST
def start_preview(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    note_preview(actor=request.actor, member=member)
    preview.start(request, member)
    return redirect("users:own" if member.is_service_user else "home")


@account_required
@require_POST
def end_preview(request: PanelRequest) -> HttpResponse:
    mark = request.session.get(preview.SESSION_KEY) or {"member": 0}
    member = Membership.objects.filter(pk=mark["member"], account=request.account).first()
    preview.stop(request)
    return redirect("users:user", public_id=member.public_id) if member else redirect("home")
