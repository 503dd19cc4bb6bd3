"""A card is added in the customer's browser; here its form is opened, its outcome fetched, and an old card forgotten."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from billing.gateways.base import SetupState
from billing.models import CardSetup
from billing.operations.common import actor_of, card_gateway, customer_of
from billing.services.methods import GATEWAY, keep_card, note_card
from cloudpanel.core.crypto import encrypt
from cloudpanel.provisioning.errors import StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result

State = CardSetup.State


def _setup(job: Job) -> CardSetup:
    return CardSetup.objects.select_related("account", "invoice").get(public_id=job.params["setup"])


def _start(run: JobRun) -> Result:
    setup, gateway = _setup(run.job), card_gateway()
    form = gateway.start_card_setup(setup.public_id, customer_of(gateway, setup.account))
    CardSetup.objects.filter(pk=setup.pk, state=State.PREPARING).update(
        state=State.OPEN, gateway_ref=form.ref, client_secret=encrypt(form.client_secret)
    )
    return Result(provider_ref=form.ref)


def _nothing_more(job: Job) -> None:
    """``run`` has written what there is: the browser's key may not pass through Job.result."""


def _not_started(job: Job) -> None:
    CardSetup.objects.filter(public_id=job.params["setup"]).update(
        state=State.FAILED, failure_message=job.user_message[:300]
    )


start_card_setup = Operation(
    run=_start,
    succeeded=_nothing_more,
    failed=_not_started,
    driver=GATEWAY,
    label=_("Preparar el alta de una tarjeta"),
    deadline=timedelta(minutes=30),
)


def _finish(run: JobRun) -> Result:
    """The bank may still be asking: then we come back, for a quarter of an hour."""
    form = card_gateway().read_card_setup(_setup(run.job).gateway_ref)
    if form.state == SetupState.WAITING:
        raise StillRunning(f"{form.ref} waits", poll_after=3.0, provider_ref=form.ref)
    if form.card is None:
        return Result(provider_ref=form.ref, data={"message": form.reason.message if form.reason else ""})
    card = asdict(form.card)
    return Result(provider_ref=form.ref, data={"card": {"gateway_ref": card.pop("ref"), **card}})


def _finished(job: Job) -> None:
    setup, card = _setup(job), job.result.get("card")
    if card:
        keep_card(actor=actor_of(job), setup=setup, card=card)
    else:
        _refused(setup, job.result.get("message", ""))


def _refused(setup: CardSetup, message: str) -> None:
    waiting = CardSetup.objects.filter(pk=setup.pk).exclude(state=State.DONE)
    waiting.update(state=State.FAILED, failure_message=message[:300], client_secret=None)


def _not_finished(job: Job) -> None:
    _refused(_setup(job), job.user_message)


finish_card_setup = Operation(
    run=_finish,
    succeeded=_finished,
    failed=_not_finished,
    driver=GATEWAY,
    label=_("Guardar una tarjeta"),
    deadline=timedelta(minutes=15),
)


def _forget(run: JobRun) -> Result:
    card_gateway().forget_card(run.params["card"])
    return Result()


forget_card = Operation(
    run=_forget,
    succeeded=_nothing_more,
    failed=_nothing_more,
    driver=GATEWAY,
    label=_("Olvidar una tarjeta en la pasarela"),
    deadline=timedelta(days=7),
    max_attempts=50,
)


def _read(run: JobRun) -> Result:
    card = asdict(card_gateway().read_card(run.params["card"]))
    del card["ref"]
    return Result(data={"card": card})


def _noted(job: Job) -> None:
    note_card(actor=actor_of(job), gateway_ref=job.params["card"], card=job.result["card"])


read_card = Operation(
    run=_read,
    succeeded=_noted,
    failed=_nothing_more,
    driver=GATEWAY,
    label=_("Consultar una tarjeta en la pasarela"),
    deadline=timedelta(days=1),
)
