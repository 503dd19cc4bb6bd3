"""What a gateway tells by itself: noted once, and the bell rung. What became of the money is asked of the gateway."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.actors import Actor
from billing.models import CardSetup, Payment, PaymentMethod, ReceivedEvent, Refund
from billing.services.charges import ask_gateway
from billing.services.disputes import Told, ask_about_dispute
from billing.services.methods import check_card, check_card_setup
from billing.services.refunding import send_refund

logger = logging.getLogger(__name__)
Outcome = ReceivedEvent.Outcome
DISPUTE = "dispute"
ACTOR = Actor(user=None, origin="pasarela")


@transaction.atomic
def receive_event(
    *, gateway: str, event_id: str, kind: str, object_kind: str, object_ref: str, ours: str = ""
) -> ReceivedEvent.Outcome | None:
    """``ours`` is our own UUID where the gateway repeats it. None when this event has been here before."""
    finder = FINDERS.get(object_kind)
    thing: Any = finder(gateway, _named(object_ref, ours)) if finder else None
    if object_kind == DISPUTE and object_ref:
        thing = Told(object_ref)
    outcome = Outcome.RUNG if thing else Outcome.UNKNOWN if finder else Outcome.IGNORED
    event = ReceivedEvent(gateway=gateway, event_id=event_id, kind=kind, object_ref=object_ref, outcome=outcome)
    if not _note(event):
        return None
    if outcome == Outcome.UNKNOWN:
        logger.warning("%s told of %s %s, which is not ours (%s)", gateway, object_kind, object_ref, kind)
    _ring(thing, event)
    return outcome


def _note(event: ReceivedEvent) -> bool:
    """False when it was there: whoever comes second waits for the first one's end and then does nothing."""
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _ring(thing: Payment | CardSetup | PaymentMethod | Refund | Told | None, event: ReceivedEvent) -> None:
    if isinstance(thing, Payment):
        ask_gateway(actor=ACTOR, payment=thing)
    elif isinstance(thing, CardSetup):
        check_card_setup(actor=ACTOR, setup=thing)
    elif isinstance(thing, Refund):
        send_refund(actor=ACTOR, refund=thing)
    elif isinstance(thing, PaymentMethod):
        check_card(actor=ACTOR, method=thing, event=event.event_id)
    elif isinstance(thing, Told):
        ask_about_dispute(actor=ACTOR, told=thing, event=event.event_id)


def _named(ref: str, ours: str) -> Q:
    """By the gateway's name, or by ours while its answer with that name is still on its way, or was lost."""
    found = Q(gateway_ref=ref) if ref else Q(pk__in=[])
    try:
        return found | Q(public_id=UUID(ours))
    except ValueError:
        return found


def _payment(gateway: str, named: Q) -> Payment | None:
    return Payment.objects.filter(named, gateway=gateway).first()


def _setup(gateway: str, named: Q) -> CardSetup | None:
    return CardSetup.objects.filter(named).first()


def _refund(gateway: str, named: Q) -> Refund | None:
    return Refund.objects.filter(named, payment__gateway=gateway).first()


def _card(gateway: str, named: Q) -> PaymentMethod | None:
    return PaymentMethod.objects.kept().filter(named, gateway=gateway).first()


FINDERS = {"payment_intent": _payment, "setup_intent": _setup, "refund": _refund, "payment_method": _card}
