"""Contested charges: the bank takes the money back, perhaps for good. The books follow what the gateway says, in any order
and however often it is said; what the charge had paid is owed again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.mail_models import OutgoingEmail
from accounts.models import User
from billing.models import Dispute, Invoice, Payment
from billing.services.documents import lock_accounts
from billing.services.notices import tell_dispute
from billing.services.paying import begin_payment, receive_payment
from billing.services.taking_back import take_back
from cloudpanel.core.money import format_money
from cloudpanel.provisioning.services import enqueue

State = Dispute.State
DECIDED = frozenset({State.WON, State.LOST, State.CLOSED})
TAKEN = frozenset({State.OPEN, State.WON, State.LOST})


@dataclass(frozen=True, slots=True)
class Told:
    """A dispute that a webhook names; whose it is only the gateway knows."""

    ref: str


def ask_about_dispute(*, actor: Actor, told: Told, event: str) -> None:
    """Each event asks for itself: what it tells of may be newer than what another has read."""
    enqueue(
        actor=actor,
        account=None,  # support's matter; the customer is told what becomes of the payment
        operation="billing.read_dispute",
        lock_key=f"billing.dispute:{event}"[:200],
        params={"dispute": told.ref},
    )


def is_disputed(invoice: Invoice) -> bool:
    """Somebody told their bank that a charge for it was not theirs, and that was not decided for us."""
    contested = Dispute.objects.filter(payment__invoice=invoice, state__in=[State.QUESTION, State.OPEN, State.LOST])
    return contested.exists()


@transaction.atomic
def note_dispute(
    *, actor: Actor, payment: Payment, ref: str, state: Dispute.State, amount: Decimal, reason: str
) -> Dispute | None:
    """Writes down how it stands. None when that was known, or is older than what is known: a decision stays, unless the
    bank changes it into another one."""
    lock_accounts([payment.account_id])
    payment.refresh_from_db()
    dispute = Dispute.objects.filter(gateway_ref=ref).first()
    if dispute is None:
        dispute = Dispute(gateway_ref=ref, payment=payment, amount=amount, reason=reason[:80])
    elif dispute.state == state or (dispute.state in DECIDED and state not in DECIDED):
        return None
    dispute.state, dispute.closed_at = state, timezone.now() if state in DECIDED else None
    dispute.save()
    if state in TAKEN and dispute.withdrawal is None:
        _take(actor, dispute)
    if state == State.WON and dispute.withdrawal is not None and dispute.return_payment is None:
        _return(actor, dispute)
    _log(actor, dispute)
    tell_dispute(dispute)
    _tell_staff(dispute)
    return dispute


def _take(actor: Actor, dispute: Dispute) -> None:
    """What was not sent back before is gone; the invoices that it had paid are open again."""
    payment = dispute.payment
    amount = min(dispute.amount, payment.amount - payment.refunded)
    if amount <= 0 or payment.state not in Payment.HERE:
        return
    key = f"dispute:{dispute.gateway_ref}"
    dispute.withdrawal = take_back(
        actor=actor, payment=payment, amount=amount, key=key, gateway_ref=dispute.gateway_ref
    )
    dispute.save(update_fields=["withdrawal"])


def _return(actor: Actor, dispute: Dispute) -> None:
    old, withdrawal = dispute.payment, dispute.withdrawal
    assert withdrawal is not None
    payment = begin_payment(
        actor=actor,
        account=old.account,
        amount=withdrawal.amount,
        method=Payment.Method.CARD,
        idempotency_key=f"dispute-won:{dispute.gateway_ref}"[:120],
        invoice=old.invoice,
        gateway=old.gateway,
        gateway_ref=dispute.gateway_ref,
        currency=old.currency,
        concept=old.concept,
        reference=old.reference,
    )
    receive_payment(actor=actor, payment=payment)
    dispute.return_payment = payment
    dispute.save(update_fields=["return_payment"])


def _tell_staff(dispute: Dispute) -> None:
    """By e-mail, to whoever works with contested charges in the admin."""
    able = ModelBackend().with_perm("billing.view_dispute")
    payment = dispute.payment
    params = {
        "account": payment.account.legal_name,
        "amount": format_money(dispute.amount, payment.currency),
        "payment": payment.reference or str(payment.public_id),
        "state": str(dispute.get_state_display()),
        "reason": dispute.reason or "—",
        "url": reverse("admin:billing_dispute_change", args=[dispute.pk]),
    }
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(kind=OutgoingEmail.Kind.DISPUTED, user=person, address=person.email, params=params)
        for person in User.objects.filter(pk__in=able.values("pk"), is_staff=True)
    )


def _log(actor: Actor, dispute: Dispute) -> None:
    after = {"state": dispute.state, "amount": str(dispute.amount), "reason": dispute.reason}
    account = dispute.payment.account_id
    log_action(actor=actor, account=account, action=f"billing.dispute.{dispute.state}", target=dispute, after=after)
