"""/dominios/<uuid>/dns/…: the zone of a domain."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from domains.views import zone_files, zone_records, zones

of_a_zone: list[URLPattern | URLResolver] = [
    path("", zones.zone_page, name="zone"),
    path("crear/", zones.zone_create, name="zone_create"),
    path("plan/", zones.zone_plan, name="zone_plan"),
    path("aplicar/", zones.zone_apply, name="zone_apply"),
    path("descartar/", zones.zone_discard, name="zone_discard"),
    path("publicar/", zones.zone_publish, name="zone_publish"),
    path("comparar/", zones.zone_compare, name="zone_compare"),
    path("diferencias/", zones.zone_differences, name="zone_differences"),
    path("adoptar/", zones.zone_adopt, name="zone_adopt"),
    path("reparar/", zones.zone_repair, name="zone_repair"),
    path("retirar/", zones.zone_withdraw, name="zone_withdraw"),
    path("importar/", zone_files.zone_import, name="zone_import"),
    path("exportar/", zone_files.zone_export, name="zone_export"),
    path("historial/", zone_files.zone_history, name="zone_history"),
    path("historial/<int:number>/recuperar/", zone_files.zone_go_back, name="zone_go_back"),
    path("registros/nuevo/", zone_records.record_kinds, name="zone_kinds"),
    path("registros/nuevo/<slug:kind>/", zone_records.record_new, name="zone_record_new"),
    path("registros/<uuid:record>/", zone_records.record_edit, name="zone_record"),
    path("registros/<uuid:record>/quitar/", zone_records.record_remove, name="zone_record_remove"),
    path("registros/<uuid:record>/conservar/", zone_records.record_keep, name="zone_record_keep"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("<uuid:domain>/dns/", include(of_a_zone))]
