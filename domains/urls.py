"""/dominios/… (design, section 8)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from domains import registry_urls, zone_urls
from domains.views import doctor, domains, external

app_name = "domains"

one_domain: list[URLPattern | URLResolver] = [
    path("<uuid:domain>/", domains.domain_page, name="domain"),
    path("<uuid:domain>/comprobar/", external.check_ownership, name="check_ownership"),
    path("<uuid:domain>/revisar/", doctor.examine, name="examine"),
    path("<uuid:domain>/revisar/aplicar/", doctor.mend, name="mend"),
    path("<uuid:domain>/consultar/", external.look_up, name="look_up"),
    path("<uuid:domain>/quitar/", external.remove_from_list, name="remove"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", domains.domain_list, name="list"),
    path("nuevo/", domains.new_domain, name="new"),
    path("existente/", external.external_domain, name="external"),
    *registry_urls.urlpatterns,
    *one_domain,
    *zone_urls.urlpatterns,
]
