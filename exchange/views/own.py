"""What a person changes about their own mailbox, whoever manages the subscription."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.access import account_required
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from exchange.forms import PasswordForm
from exchange.services.belongings import mailboxes_of
from exchange.services.mailboxes import set_password
from exchange.views.common import add_refusal


@account_required
@sensitive_post_parameters("password")
def own_password(request: PanelRequest, mailbox: UUID) -> HttpResponse:
    own = mailboxes_of(request.account, [request.membership.user_id]).select_related("subscription", "last_job")
    row = own.filter(public_id=mailbox).first()
    if row is None:
        raise Http404
    form = PasswordForm(request.POST or None, words=(row.display_name, row.address))
    if request.method == "POST" and form.is_valid():
        try:
            set_password(actor=request.actor, mailbox=row, password=form.cleaned_data["password"])
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("La contraseña nueva valdrá en unos segundos."))
            return redirect("users:own")
    return render(request, "exchange/own_password.html", {"mailbox": row, "form": form})
