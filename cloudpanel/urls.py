"""Every address of the product (design, section 8)."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from cloudpanel import health, views

# Support signs in where everybody does: the same rate limits, the same second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = views.bad_request
handler500 = views.server_error

urlpatterns = [
    path("", views.home, name="home"),
    path("robots.txt", views.robots),
    path("ayuda/", views.help_page, name="help"),
    path("ayuda/<slug:topic>/", views.help_page, name="help_topic"),
    path("", include("accounts.urls")),
    path("", include("users.urls")),
    path("", include("marketplace.urls")),
    path("", include("billing.urls")),
    path("dominios/", include("domains.urls")),
    path("exchange/", include("exchange.urls")),
    path("acceso/", include("accounts.sign_in_urls")),
    path("admin/hijack/", include("accounts.entering_urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
if settings.LOCAL_MODE:
    urlpatterns.append(path("correo-local/", include("cloudpanel.local.urls")))
