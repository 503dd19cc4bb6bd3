"""One's own photo."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import sign_in_required
from accounts.forms.photo import PhotoForm
from accounts.models import UserPhoto
from accounts.requests import PanelRequest
from accounts.services.photo import change_photo, remove_photo


@sign_in_required
def photo(request: PanelRequest) -> HttpResponse:
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        change_photo(actor=request.actor, account=request.account, user=request.user, image=form.cleaned_data["photo"])
        messages.success(request, _("Guardamos su foto."))
        return redirect("accounts:profile")
    has_photo = UserPhoto.objects.filter(user=request.user.pk).exists()
    return render(request, "accounts/photo.html", {"form": form, "has_photo": has_photo})


@sign_in_required
@require_POST
def delete_photo(request: PanelRequest) -> HttpResponse:
    remove_photo(actor=request.actor, account=request.account, user=request.user)
    messages.success(request, _("Quitamos su foto."))
    return redirect("accounts:profile")


@sign_in_required
@require_safe
def photo_image(request: PanelRequest) -> HttpResponse:
    """Only one's own. Nothing but a picture, whatever a browser may make of it."""
    found = UserPhoto.objects.filter(user=request.user.pk).first()
    if found is None:
        raise Http404
    etag = f'"{found.digest}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    return HttpResponse(
        bytes(found.image),
        content_type="image/jpeg",
        headers={
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": 'inline; filename="foto.jpg"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
