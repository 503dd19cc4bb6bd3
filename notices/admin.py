"""E-mails that the panel owes, waits to send or has sent, for support."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.mail_models import OutgoingEmail
from cloudpanel.core.admin import RecordAdmin
from cloudpanel.provisioning.models import Job


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(RecordAdmin):
    list_display = ["created_at", "kind", "user", "state", "sent_at"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "address"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("estado"))
    def state(self, email: OutgoingEmail) -> str:
        if email.sent_at:
            return _("Enviado")
        job = Job.objects.filter(pk=email.job_id).first() if email.job_id else None
        return job.get_state_display() if job else _("En espera")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingEmail]:
        return super().get_queryset(request).select_related("account")

    def has_change_permission(self, request: HttpRequest, obj: OutgoingEmail | None = None) -> bool:
        return False
