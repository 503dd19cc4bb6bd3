"""The least that a signed-in view can be: session, person, one INSERT. What our writes are measured against."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from accounts.models import Notification, User

URL = "/insertar/"


@login_required
def insert(request: HttpRequest) -> HttpResponse:
    Notification.objects.create(account_id=request.POST["account"], user=request.user, title="Medición")
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("insertar/", insert)]


class BareUrls:
    """Lets the bare view be reached in a process whose own addresses stay as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return self.get_response(request)


MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "benchmarks.bare.BareUrls",
]


def bare_insert(user: User, account_id: int) -> Callable[[], None]:
    """One POST to the bare view. The client's handler keeps the middleware that it was born with."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)

    def post() -> None:
        assert client.post(URL, {"account": account_id}).status_code == 302

    with override_settings(MIDDLEWARE=MIDDLEWARE):
        post()
    return post
