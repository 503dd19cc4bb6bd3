"""What the customer's administrators are told about their money, on screen and by e-mail."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail_models import NotificationKind
from accounts.models import Notification
from accounts.notifications import Text, administrators_of, notify
from billing.models import Dispute, Payment, PaymentMethod
from cloudpanel.core.money import format_money

Level = Notification.Level


def tell_received(payment: Payment, *, rest: Decimal | None = None) -> None:
    """``rest`` is what its invoice still lacks. A surplus is told as *saldo a favor*."""
    payment.refresh_from_db()
    amount, surplus = _money(payment.amount, payment), payment.credit
    is_used = payment.invoice_id and payment.allocations.filter(invoice=payment.invoice_id).exists()

    def body() -> str:
        parts = [_("Gracias: el pago ya está registrado en su cuenta.")]
        if is_used:
            parts = [_("Lo aplicamos a la factura %(invoice)s.") % {"invoice": payment.invoice}]
        if rest:
            parts.append(_("Todavía faltan %(rest)s de esa factura.") % {"rest": _money(rest, payment)})
        if surplus:
            parts.append(
                _("Quedan %(surplus)s como saldo a favor: los usaremos en su próxima factura.")
                % {"surplus": _money(surplus, payment)}
            )
        return " ".join(parts)

    _tell(payment, lambda: _("Recibimos su pago de %(amount)s") % {"amount": amount}, body, Level.SUCCESS)


def tell_failed(payment: Payment) -> None:
    amount, reason = _money(payment.amount, payment), payment.failure_message
    _tell(
        payment,
        lambda: _("No se pudo cobrar %(amount)s") % {"amount": amount},
        lambda: _("%(reason)s No se cobró nada.") % {"reason": _(reason) + " " if reason else ""},
        Level.DANGER,
    )


def tell_needs_action(payment: Payment) -> None:
    amount = _money(payment.amount, payment)
    _tell(
        payment,
        lambda: _("Su banco pide que autorice un pago de %(amount)s") % {"amount": amount},
        lambda: _("Abra el pago y confírmelo con su banco. Mientras tanto no se cobra nada."),
        Level.WARNING,
    )


def tell_refunded(payment: Payment, amount: Decimal) -> None:
    back = _money(amount, payment)
    _tell(
        payment,
        lambda: _("Le devolvimos %(amount)s") % {"amount": back},
        lambda: _("El banco puede tardar de 5 a 10 días en mostrarlo en su estado de cuenta."),
        Level.SUCCESS,
    )


def tell_undone(payment: Payment) -> None:
    amount = _money(payment.amount, payment)
    _tell(
        payment,
        lambda: _("Corregimos un pago de %(amount)s") % {"amount": amount},
        lambda: _("Ese depósito no era de su cuenta y lo habíamos aplicado por error: lo que cubría sigue por pagar."),
        Level.WARNING,
    )


def tell_dispute(dispute: Dispute) -> None:
    """Said plainly: whoever contested it may not be whoever manages the account."""
    payment, state = dispute.payment, Dispute.State(dispute.state)
    amount = _money(dispute.amount, payment)
    bodies = {
        Dispute.State.QUESTION: lambda: _("El banco nos pide información. Por ahora el pago sigue aplicado."),
        Dispute.State.OPEN: lambda: _(
            "El banco retiró el dinero mientras decide; lo que ese pago cubría queda por pagar. Si fue un error, pida a "
            "su banco que cancele la aclaración o pague de otra forma para conservar sus servicios."
        ),
        Dispute.State.WON: lambda: _("El banco devolvió el dinero y ya está aplicado de nuevo en su cuenta."),
        Dispute.State.LOST: lambda: _("El banco no devolverá el dinero: lo que ese pago cubría sigue por pagar."),
        Dispute.State.CLOSED: lambda: _("El banco cerró su pregunta; nada cambió en su cuenta."),
    }
    level = {"won": Level.SUCCESS, "closed": Level.INFO}.get(str(state), Level.WARNING)
    _tell(payment, lambda: _("Aclaración bancaria del pago de %(amount)s") % {"amount": amount}, bodies[state], level)


def tell_card_expires(method: PaymentMethod) -> None:
    notify(
        account=method.account_id,
        users=administrators_of(method.account_id),
        title=lambda: _("Su tarjeta %(card)s está por vencer") % {"card": method},
        body=lambda: (
            _("Vence el %(expiry)s. Agregue la nueva para que sus pagos no se interrumpan.")
            % {"expiry": method.expiry_text}
        ),
        url=reverse("billing:methods"),
        level=Level.WARNING,
        kind=NotificationKind.BILLING,
    )


def _tell(payment: Payment, title: Text, body: Text, level: Notification.Level) -> None:
    notify(
        account=payment.account_id,
        users=administrators_of(payment.account_id),
        title=title,
        body=body,
        url=reverse("billing:payment", args=[payment.public_id]),
        level=level,
        kind=NotificationKind.BILLING,
    )


def _money(amount: Decimal, payment: Payment) -> str:
    return format_money(amount, payment.currency)
