"""Support's pages of what goes on between the panel and the registries."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, run_on_each
from domains.models import DomainFinding, DomainTransfer
from domains.services.findings import take_theirs, write_ours


@admin.register(DomainFinding)
class DomainFindingAdmin(RecordAdmin):
    list_display = ["domain", "kind", "state", "expected", "seen", "found_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["domain"]
    search_fields = ["domain__name__startswith"]
    actions = ["keep_ours", "accept_theirs"]

    @action(description=gettext_lazy("Volver a lo del panel"), permissions=["change"])
    def keep_ours(self, request: HttpRequest, queryset: QuerySet[DomainFinding]) -> None:
        rows = queryset.select_related("domain__account", "domain__last_job")
        actor = actor_of(request)
        run_on_each(self, request, rows, lambda row: write_ours(actor=actor, finding=row), _("En proceso: %(count)s"))

    @action(description=gettext_lazy("Aceptar lo del registro"), permissions=["change"])
    def accept_theirs(self, request: HttpRequest, queryset: QuerySet[DomainFinding]) -> None:
        actor = actor_of(request)
        rows = queryset.select_related("domain")
        run_on_each(self, request, rows, lambda row: take_theirs(actor=actor, finding=row), _("Resueltas: %(count)s"))


@admin.register(DomainTransfer)
class DomainTransferAdmin(RecordAdmin):
    list_display = ["domain", "step", "created_at", "asked_at", "act_by", "ended_at"]
    list_filter = ["step"]
    list_select_related = ["domain"]
    search_fields = ["domain__name__startswith"]
