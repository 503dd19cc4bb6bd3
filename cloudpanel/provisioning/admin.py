"""Support's pages for what is under way: see why, try again, cancel. Nothing is typed, and no secret is ever shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, RecordInline, key_or_404, run_on_each
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.claims import spec_of
from cloudpanel.provisioning.drivers_panel import driver_lines
from cloudpanel.provisioning.models import (
    ACTIVE_STATES,
    DriverHealth,
    Job,
    JobAttempt,
    JobState,
    PeriodicRun,
)
from cloudpanel.provisioning.reports import label_of
from cloudpanel.provisioning.services import cancel_job, resume_driver, retry_job

STATE_COLOURS = {
    JobState.QUEUED: "info",
    JobState.RUNNING: "info",
    JobState.SUCCEEDED: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}


class AgeFilter(admin.SimpleListFilter):
    title = gettext_lazy("antigüedad")
    parameter_name = "antiguedad"
    ages = {
        "hora": (gettext_lazy("Última hora"), timedelta(hours=1)),
        "dia": (gettext_lazy("Último día"), timedelta(days=1)),
        "semana": (gettext_lazy("Últimos 7 días"), timedelta(days=7)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        yield from ((key, label) for key, (label, _age) in self.ages.items())
        yield "atorada", gettext_lazy("Activa desde hace más de una hora")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "atorada":
            return queryset.filter(state__in=ACTIVE_STATES, created_at__lt=timezone.now() - timedelta(hours=1))
        if self.value() in self.ages:
            return queryset.filter(created_at__gte=timezone.now() - self.ages[str(self.value())][1])
        return queryset


class DriverFilter(admin.SimpleListFilter):
    title = gettext_lazy("controlador")
    parameter_name = "controlador"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        names = DriverHealth.objects.exclude(driver="").order_by("driver").values_list("driver", flat=True)
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(driver=self.value()) if self.value() else queryset


class AttemptInline(RecordInline):
    model = JobAttempt
    fields = ["number", "outcome", "worker", "started_at", "finished_at", "detail"]
    readonly_fields = fields
    ordering = ["-id"]
    verbose_name_plural = gettext_lazy("intentos")


class ReadAdmin(RecordAdmin):
    """Actions only: a button that saves nothing would be a lie."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:
        context |= {"show_save": False, "show_save_and_continue": False}
        page: HttpResponse = super().render_change_form(request, context, **options)
        return page


@admin.register(Job)
class JobAdmin(ReadAdmin):
    list_display = ["name", "lock_key", "account", "shown_state", "shown_failure", "driver", "attempts", "created_at"]
    list_filter = ["state", "failure", DriverFilter, "operation", AgeFilter]
    list_select_related = ["account"]
    list_before_template = "admin/provisioning/_drivers.html"
    search_fields = ["=public_id", "lock_key__startswith", "provider_ref__startswith", "account__legal_name"]
    search_help_text = gettext_lazy("Identificador, candado, referencia del otro sistema o cliente")
    ordering = ["-pk"]
    inlines = [AttemptInline]
    actions = ["retry_ticked"]
    actions_detail = ["retry", "cancel"]
    fieldsets = [
        (
            None,
            {"fields": ["name", "state", "account", "lock_key", "driver", "params", "requested_by", "on_behalf_by"]},
        ),
        (
            gettext_lazy("Resultado"),
            {"fields": ["failure", "user_message", "shown_error", "provider_ref", "result", "has_secret"]},
        ),
        (
            gettext_lazy("Tiempos"),
            {
                "fields": [
                    *("attempts", "max_attempts", "created_at", "started_at", "finished_at", "run_after"),
                    *("deadline_at", "lease_until", "cancel_requested_at", "public_id"),
                ]
            },
        ),
    ]
    readonly_fields = ["name", "shown_error"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "drivers": driver_lines()})
        return page

    @display(description=gettext_lazy("operación"), ordering="operation")
    def name(self, job: Job) -> str:
        return label_of(job, spec_of(job.operation))

    @display(description=gettext_lazy("estado"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description=gettext_lazy("motivo"), ordering="failure")
    def shown_failure(self, job: Job) -> str:
        return job.get_failure_display() if job.failure else "—"

    @display(description=gettext_lazy("detalle del error"))
    def shown_error(self, job: Job) -> str:
        return format_html("<pre>{}</pre>", job.error_detail) if job.error_detail else "—"

    # --- what support may do ---------------------------------------------------------------------------------
    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, [JobState.FAILED])

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, [JobState.FAILED, *ACTIVE_STATES])

    def _may(self, request: HttpRequest, object_id: str | None, states: Sequence[str]) -> bool:
        if not self.has_change_permission(request):
            return False
        return object_id is None or Job.objects.filter(pk=key_or_404(object_id), state__in=states).exists()

    @action(
        description=gettext_lazy("Reintentar"),
        permissions=["retry"],
        icon="replay",
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": gettext_lazy("¿Reintentar la operación?"),
            "description": gettext_lazy("Vuelve a la cola con todos sus intentos y un plazo nuevo."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Reintentar"),
        },
    )
    def retry(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._act(request, object_id, retry_job, _("La operación está de nuevo en la cola."))

    @action(
        description=gettext_lazy("Cancelar"),
        permissions=["cancel"],
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("¿Cancelar la operación?"),
            "description": gettext_lazy(
                "Si está en proceso, la llamada en curso termina y después ya no se intenta de nuevo."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Cancelar la operación"),
        },
    )
    def cancel(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._act(request, object_id, cancel_job, _("Se canceló la operación, o se pidió que termine."))

    @action(description=gettext_lazy("Reintentar las fallidas"), permissions=["change"])
    def retry_ticked(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        actor = actor_of(request)
        done = _("%(count)s operaciones están de nuevo en la cola.")
        run_on_each(self, request, jobs, lambda job: retry_job(actor=actor, job=job), done)

    def _act(self, request: HttpRequest, object_id: str, service: Callable[..., Job], done: str) -> HttpResponse:
        job = get_object_or_404(Job, pk=key_or_404(object_id))
        try:
            service(actor=actor_of(request), job=job)
            self.message_user(request, done, messages.SUCCESS)
        except BusinessError as error:
            self.message_user(request, error.user_message, messages.WARNING)
        address = reverse("admin:provisioning_job_change", args=[object_id])
        return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


@admin.register(DriverHealth)
class DriverHealthAdmin(ReadAdmin):
    list_display = ["driver", "consecutive_failures", "open_until", "last_error", "changed_at"]
    list_before_template = "admin/provisioning/_drivers.html"
    ordering = ["driver"]
    actions = ["resume"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "drivers": driver_lines()})
        return page

    @action(description=gettext_lazy("Reanudar ahora"), permissions=["change"])
    def resume(self, request: HttpRequest, drivers: QuerySet[DriverHealth]) -> None:
        actor = actor_of(request)
        done = _("%(count)s controladores reanudados.")
        run_on_each(self, request, drivers, lambda health: resume_driver(actor=actor, health=health), done)


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadAdmin):
    list_display = ["name", "started_at", "due_at", "error"]
    ordering = ["name"]
