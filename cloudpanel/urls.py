"""Every address of the product (design, section 8)."""

from django.contrib import admin
from django.urls import include, path

from cloudpanel import views

urlpatterns = [
    path("", views.home, name="home"),
    path("acceso/", include("allauth.urls")),
    path("admin/hijack/", include("hijack.urls")),
    path("admin/", admin.site.urls),
]
