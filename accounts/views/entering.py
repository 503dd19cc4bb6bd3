"""*Entrar como*: the library's view, which takes anything for a number."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from hijack.views import AcquireUserView


class EnterAsView(AcquireUserView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.POST.get("user_pk", "")
        if not (key.isascii() and key.isdigit()):
            raise Http404
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response
