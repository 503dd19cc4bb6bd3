"""Notificaciones: the list, and what one does with a line of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import account_required, get_visible_or_404
from accounts.models import Notification
from accounts.requests import PanelRequest
from accounts.services.notices import mark_all_read, mark_read, mark_unread
from accounts.views.profile import local_address
from cloudpanel.core.pagination import keyset_page


@account_required
def notification_list(request: PanelRequest) -> HttpResponse:
    mine = Notification.objects.visible_to(request.membership)
    page = keyset_page(mine, order=("-pk",), cursor=request.GET.get("cursor", ""), size=25)
    return render(request, "accounts/notifications.html", {"page": page})


@account_required
@require_POST
def open_notification(request: PanelRequest, public_id: UUID) -> HttpResponse:
    """Reading it and going where it leads is one click. Only addresses of this panel are followed."""
    notification = get_visible_or_404(request, Notification, public_id)
    mark_read(notification=notification)
    return redirect(local_address(request, notification.url, "accounts:notifications"))


@account_required
@require_POST
def read_notification(request: PanelRequest, public_id: UUID) -> HttpResponse:
    mark_read(notification=get_visible_or_404(request, Notification, public_id))
    return redirect("accounts:notifications")


@account_required
@require_POST
def unread_notification(request: PanelRequest, public_id: UUID) -> HttpResponse:
    mark_unread(notification=get_visible_or_404(request, Notification, public_id))
    return redirect("accounts:notifications")


@account_required
@require_POST
def read_all_notifications(request: PanelRequest) -> HttpResponse:
    count = mark_all_read(membership=request.membership)
    if count:
        text = ngettext("Marcó %(n)s notificación como leída.", "Marcó %(n)s notificaciones como leídas.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.info(request, _("No había notificaciones sin leer."))
    return redirect("accounts:notifications")
