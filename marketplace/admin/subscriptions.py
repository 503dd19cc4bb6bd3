"""Support's page of subscriptions."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from cloudpanel.core.admin import RecordAdmin, RecordInline, key_or_404
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import (
    Dunning,
    ServiceDelegation,
    Subscription,
    SubscriptionDiscount,
    SubscriptionItem,
    SubscriptionResource,
)
from marketplace.services.staff_actions import resume_by_staff, suspend_by_staff, terminate_by_staff


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Motivo (lo lee el cliente)"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class ResourceInline(RecordInline):
    model = SubscriptionResource
    fields = ["resource", "included", "used"]


class ItemInline(RecordInline):
    model = SubscriptionItem
    fields = ["description", "units", "included_units", "unit_price"]


class DiscountInline(RecordInline):
    model = SubscriptionDiscount
    fields = ["description", "percent", "amount", "periods_left"]


class DelegationInline(RecordInline):
    model = ServiceDelegation
    fields = ["user", "granted_by", "ends_at"]


@admin.register(Subscription)
class SubscriptionAdmin(RecordAdmin):
    list_display = ["name", "account", "plan", "state", "price", "billing_period", "period_end", "auto_renew"]
    list_filter = ["state", "suspended_for", "kind", "plan", "auto_renew"]
    list_select_related = ["account", "plan__product"]
    search_fields = ["name", "account__legal_name", "=public_id"]
    ordering = ["-pk"]
    inlines = [ResourceInline, ItemInline, DiscountInline, DelegationInline]
    actions_detail = ["suspend", "resume", "terminate"]

    @action(description=gettext_lazy("Suspender"), url_path="suspender", permissions=["change"])
    def suspend(self, request: HttpRequest, object_id: int) -> HttpResponse:
        effect = _("Nadie podrá usarla; no se pierde nada. Pagar no la reactiva: solo soporte.")
        return self._with_reason(request, object_id, suspend_by_staff, _("Suspender"), effect)

    @action(description=gettext_lazy("Reactivar"), url_path="reactivar", permissions=["change"])
    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        effect = _("Vuelve a funcionar como estaba. Si el tiempo pagado ya terminó, empieza un periodo nuevo hoy.")
        return self._with_reason(request, object_id, resume_by_staff, _("Reactivar"), effect)

    @action(description=gettext_lazy("Dar de baja"), url_path="dar-de-baja", permissions=["change"])
    def terminate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        effect = _("Se borra para siempre con todos sus datos. Lo facturado no cambia: acredítelo en la factura.")
        return self._with_reason(request, object_id, terminate_by_staff, _("Dar de baja"), effect)

    def _with_reason(
        self, request: HttpRequest, object_id: int, service: Callable[..., None], verb: str, effect: str
    ) -> HttpResponse:
        found = get_object_or_404(Subscription.objects.select_related("account"), pk=key_or_404(object_id))
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                service(actor=request.actor, subscription=found, **form.cleaned_data)  # type: ignore[attr-defined]
            except BusinessError as error:
                form.add_error(None, error.user_message)
            else:
                self.message_user(request, _("Listo. Se avisó a los administradores de la cuenta."), messages.SUCCESS)
                return redirect("admin:marketplace_subscription_change", found.pk)
        context = {"form": form, "verb": verb, "effect": effect, "original": found, "opts": self.opts}
        whole = {**self.admin_site.each_context(request), **context}
        return render(request, "marketplace/admin_subscription_reason.html", whole)


@admin.register(Dunning)
class DunningAdmin(RecordAdmin):
    list_display = ["invoice", "account", "step", "next_on", "is_open", "has_suspended"]
    list_filter = ["is_open", "has_suspended", "step"]
    list_select_related = ["invoice", "account"]
    search_fields = ["account__legal_name"]
    ordering = ["next_on", "-pk"]
