"""Money that came, and money that is to go back."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.actors import Actor
from accounts.requests import actor_of
from billing.models import Payment, Refund
from billing.services.charges import ask_gateway
from billing.services.refunding import record_refunds, refund_payment
from cloudpanel.core.admin import RecordAdmin, run_on_each
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.staff_files import ExportsAdminMixin, FileResource


class PaymentResource(FileResource):
    class Meta:
        model = Payment
        fields = (
            "reference",
            "account__legal_name",
            "state",
            "amount",
            "currency",
            "received_at",
            "concept",
        )


@admin.register(Payment)
class PaymentAdmin(ExportsAdminMixin, RecordAdmin):
    resource_classes = [PaymentResource]
    list_display = [
        "reference",
        "account",
        "concept",
        "amount",
        "currency",
        "allocated",
        "refunded",
        "state",
        "received_at",
    ]
    list_filter = ["state", "method", "received_at"]
    list_select_related = ["account"]
    search_fields = ["reference", "account__legal_name", "concept"]
    ordering = ["-pk"]
    actions = ["promise_refund", "book_refund", "ask"]

    @action(description=gettext_lazy("Devolver el saldo a favor"), permissions=["change"])
    def promise_refund(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        """What no invoice uses of it. A card's goes back by itself, a transfer's is booked when support has sent it."""
        done = _("%(count)s devoluciones anotadas.")
        actor = actor_of(request)
        run_on_each(self, request, payments, lambda payment: _refund_credit(actor, payment), done)

    @action(description=gettext_lazy("Registrar devolución hecha"), permissions=["change"])
    def book_refund(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        done = _("%(count)s devoluciones registradas.")
        actor = actor_of(request)
        run_on_each(self, request, payments, lambda payment: record_refunds(actor=actor, payment=payment), done)

    @action(description=gettext_lazy("Consultar a la pasarela"), permissions=["change"])
    def ask(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        done = _("%(count)s cobros se están consultando.")
        actor = actor_of(request)
        run_on_each(self, request, payments, lambda payment: _ask_gateway(actor, payment), done)


def _ask_gateway(actor: Actor, payment: Payment) -> None:
    if payment.method != Payment.Method.CARD:
        raise BusinessError(_("Solo los cobros con tarjeta se consultan; los depósitos los dice el banco."))
    ask_gateway(actor=actor, payment=payment)


def _refund_credit(actor: Actor, payment: Payment) -> None:
    if not payment.credit:
        raise BusinessError(_("No hay saldo a favor en este cobro: acredite antes la factura que lo usa."))
    key = f"support:{payment.public_id}:{payment.refunds.count()}"
    refund_payment(actor=actor, payment=payment, amount=payment.credit, idempotency_key=key)


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    list_display = ["__str__", "account", "amount", "state", "created_at", "done_at"]
    list_filter = ["state"]
    list_select_related = ["payment__account"]
    search_fields = ["payment__account__legal_name", "payment__reference", "=gateway_ref"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("cuenta"))
    def account(self, refund: Refund) -> str:
        return str(refund.payment.account)
