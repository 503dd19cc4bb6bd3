"""Support's page of DNS zones: read here, published again from here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, run_on_each
from domains.models import Zone
from domains.services.zone_publishing import compare_zone, publish_again
from domains.zone_states import shown_of_zone


@admin.register(Zone)
class ZoneAdmin(RecordAdmin):
    list_display = ["name", "account", "shown", "version", "published_version", "serial", "compared_at"]
    list_filter = ["state", "last_job__state"]
    list_select_related = ["account", "last_job"]
    search_fields = ["name__startswith", "account__legal_name"]
    ordering = ["-pk"]
    actions = ["publish", "compare"]

    @admin.display(description=gettext_lazy("publicación"))
    def shown(self, zone: Zone) -> Any:
        return shown_of_zone(zone).label

    @action(description=gettext_lazy("Publicar de nuevo"), permissions=["change"])
    def publish(self, request: HttpRequest, zones: QuerySet[Zone]) -> None:
        actor, done = actor_of(request), _("%(count)s zonas se están publicando.")
        run_on_each(self, request, zones, lambda zone: publish_again(actor=actor, zone=zone), done)

    @action(description=gettext_lazy("Comparar con el servidor"), permissions=["change"])
    def compare(self, request: HttpRequest, zones: QuerySet[Zone]) -> None:
        actor, done = actor_of(request), _("%(count)s zonas se están comparando.")
        run_on_each(self, request, zones, lambda zone: compare_zone(actor=actor, zone=zone), done)
