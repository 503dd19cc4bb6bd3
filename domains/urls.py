"""/dominios/… (design, section 8)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from domains.views import domains

app_name = "domains"

one_domain: list[URLPattern | URLResolver] = [
    path("<uuid:domain>/", domains.domain_page, name="domain"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", domains.domain_list, name="list"),
    path("nuevo/", domains.new_domain, name="new"),
    *one_domain,
]
