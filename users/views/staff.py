"""The page behind the link that invites a colleague of support."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.middleware import client_address
from accounts.requests import PanelRequest
from accounts.services.staff import activate_staff, find_invited
from cloudpanel.core.exceptions import BusinessError
from users.forms.activation import PasswordForm

GONE = 410


@never_cache
@sensitive_post_parameters("password")
def activate_staff_page(request: PanelRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; its button lets the person in, to the admin."""
    user = find_invited(token)
    if user is None:
        return render(request, "users/staff_link_dead.html", status=GONE)
    with translation.override(user.language):
        form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
        if request.method == "POST" and form.is_valid():
            try:
                user = activate_staff(token=token, origin=client_address(request), **form.cleaned_data)
            except BusinessError as error:
                form.add_error(error.field or None, error.user_message)
            else:
                login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
                return redirect("admin:index")
        return render(request, "users/staff_activation.html", {"form": form, "member": user})
