"""Support's pages: domains and holders are read, imported and exported; what waits is checked again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import action

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, run_on_each
from cloudpanel.core.staff_files import FilesAdminMixin
from domains.admin_files import DomainResource, HolderResource
from domains.admin_registry import DomainFindingAdmin, DomainTransferAdmin
from domains.admin_zones import ZoneAdmin
from domains.models import Checkup, Contact, Domain, OwnershipProof, RegistryFacts
from domains.services.departing import answer_departure
from domains.services.doctor import examine_now
from domains.services.looking_up import look_up_now
from domains.services.ownership import check_ownership_now
from domains.states import shown_of

__all__ = [
    "CheckupInline",
    "ContactAdmin",
    "DomainAdmin",
    "DomainFindingAdmin",
    "DomainTransferAdmin",
    "ZoneAdmin",
]


class FilesAdmin(FilesAdminMixin, RecordAdmin):
    """Files in and out, in the name of whoever is signed in."""

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}


class SeenInline(StackedInline):  # type: ignore[misc]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProofInline(SeenInline):
    model = OwnershipProof


class FactsInline(SeenInline):
    model = RegistryFacts


class CheckupInline(SeenInline):
    model = Checkup


@admin.register(Domain)
class DomainAdmin(FilesAdmin):
    resource_classes = [DomainResource]
    list_display = ["readable_name", "account", "kind", "shown", "expires_at", "registry"]
    list_filter = ["kind", "state", "registry"]
    list_select_related = ["account", "last_job"]
    search_fields = ["name__startswith", "shown_name__startswith", "account__legal_name"]
    ordering = ["-pk"]
    inlines = [ProofInline, FactsInline, CheckupInline]
    actions = ["check_ownership", "look_up", "examine", "refuse_departure", "approve_departure"]
    exclude = ["verification_token"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name not in self.exclude]

    @admin.display(description=gettext_lazy("estado"))
    def shown(self, domain: Domain) -> Any:
        return shown_of(domain).label

    @action(description=gettext_lazy("Comprobar la propiedad ahora"), permissions=["change"])
    def check_ownership(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        actor = actor_of(request)
        run_on_each(
            self,
            request,
            domains,
            lambda one: check_ownership_now(actor=actor, domain=one),
            _("Se comprueban %(count)s dominios."),
        )

    @action(description=gettext_lazy("Consultar RDAP y WHOIS"), permissions=["change"])
    def look_up(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        actor = actor_of(request)
        run_on_each(
            self,
            request,
            domains,
            lambda one: look_up_now(actor=actor, domain=one),
            _("Se consultan %(count)s dominios."),
        )

    @action(description=gettext_lazy("Revisar el DNS"), permissions=["change"])
    def examine(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        actor = actor_of(request)
        run_on_each(
            self,
            request,
            domains,
            lambda one: examine_now(actor=actor, domain=one),
            _("Se revisan %(count)s dominios."),
        )

    @action(description=gettext_lazy("Rechazar su salida a otro proveedor"), permissions=["change"])
    def refuse_departure(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        self._answer_departure(request, domains, is_approved=False)

    @action(description=gettext_lazy("Aprobar su salida a otro proveedor"), permissions=["change"])
    def approve_departure(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        self._answer_departure(request, domains, is_approved=True)

    def _answer_departure(self, request: HttpRequest, domains: QuerySet[Domain], *, is_approved: bool) -> None:
        actor = actor_of(request)
        rows = domains.select_related("account")
        run_on_each(
            self,
            request,
            rows,
            lambda one: answer_departure(actor=actor, domain=one, is_approved=is_approved),
            _("Se contesta al registro por %(count)s dominios."),
        )


@admin.register(Contact)
class ContactAdmin(FilesAdmin):
    resource_classes = [HolderResource]
    list_display = ["name", "organisation", "account", "email", "phone", "country"]
    list_select_related = ["account"]
    search_fields = ["name", "organisation", "email", "account__legal_name"]
