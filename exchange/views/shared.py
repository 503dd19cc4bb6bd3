"""*Buzones compartidos*: their list and the form that makes one. Its page is that of every mailbox."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.models import Mailbox
from exchange.services.list_members import addresses_in
from exchange.services.settings import find_mailbox
from exchange.services.shared import create_shared
from exchange.sizes import readable_bytes, readable_megabytes
from exchange.states import shown_of
from exchange.team_forms import SharedForm
from exchange.views.common import add_refusal, closed_reason, subscription_view
from marketplace.models import Subscription


@subscription_view
@require_safe
def shared_index(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    shared = Mailbox.objects.filter(subscription=subscription, kind=Mailbox.Kind.SHARED).listed()
    page = keyset_page(shared.select_related("last_job"), order=("address", "pk"), cursor=request.GET.get("cursor", ""))
    rows = [
        {
            "mailbox": row,
            "shown": shown_of(row),
            "used": readable_bytes(row.used_bytes),
            "limit": readable_megabytes(row.quota_mb),
        }
        for row in page.rows
    ]
    context: dict[str, Any] = {
        "subscription": subscription,
        "page": page,
        "rows": rows,
        "is_moving": any(row["shown"].is_moving for row in rows),
        "total": capped_count(shared),
        "closed_reason": closed_reason(subscription),
    }
    return render_page_or_fragment(request, "exchange/shared.html", "exchange/_shared.html", context)


@subscription_view
def shared_new(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    form = bound_or_stashed(request, SharedForm, subscription=subscription)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            members = [find_mailbox(subscription, text, field="members") for text in addresses_in(data["members"])]
            row = create_shared(
                actor=request.actor,
                subscription=subscription,
                display_name=data["display_name"],
                local_part=data["local_part"],
                mail_domain=data["domain"],
                quota_mb=data["quota_mb"],
                members=members,
            )
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está creando el buzón compartido."))
            return redirect("exchange:mailbox", subscription.public_id, row.public_id)
    return render(request, "exchange/shared_new.html", {"subscription": subscription, "form": form})
