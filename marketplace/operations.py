"""Remote work of the marketplace: whatever the subscription's kind does, carried out for an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.provisioning.models import Failure, Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from marketplace.lifecycle import lifecycle_of, traits_of
from marketplace.models import OrderItem, Subscription
from marketplace.services.orders import begin_provisioning, complete_item, fail_item, give_up_item, resume_item
from marketplace.services.settling import change_of
from marketplace.services.suspension import note_switched

LONG_DEADLINE = timedelta(days=30)  # of what takes weeks by its nature
DEADLINE = timedelta(hours=6)  # after it the customer sees *Requiere atención*


def _item_of(job: Job) -> OrderItem:
    """Jobs of before orders had items name their order only: it has one."""
    items = OrderItem.objects.select_related("order", "subscription__account")
    if "item" in job.params:
        return items.get(pk=job.params["item"])
    return items.get(order=job.params["order"])


def _subscription_of(job: Job) -> Subscription:
    return Subscription.objects.get(pk=job.params["subscription"])


def _activate(run: JobRun) -> Result:
    item = _item_of(run.job)
    begin_provisioning(item)
    return lifecycle_of(item.subscription).activate(item.subscription)


def _change(run: JobRun) -> Result:
    item = _item_of(run.job)
    begin_provisioning(item)
    return lifecycle_of(item.subscription).change(item.subscription, change_of(item).after)


def _restore(run: JobRun) -> Result:
    subscription = _subscription_of(run.job)
    included = dict(subscription.resources.values_list("resource", "included"))
    return lifecycle_of(subscription).change(subscription, included)


def _switch(run: JobRun) -> Result:
    """What the row says now, whichever verb was asked for when the job was made."""
    subscription = _subscription_of(run.job)
    lifecycle, is_off = lifecycle_of(subscription), subscription.state == Subscription.State.SUSPENDED
    if subscription.state in (Subscription.State.ACTIVE, Subscription.State.SUSPENDED):
        lifecycle.suspend(subscription) if is_off else lifecycle.resume(subscription)
    return Result(data={"is_off": is_off})


def _switched(job: Job) -> None:
    note_switched(_subscription_of(job), is_off=bool(job.result["is_off"]))


def _terminate(run: JobRun) -> Result:
    subscription = _subscription_of(run.job)
    return lifecycle_of(subscription).terminate(subscription)


def _terminated(job: Job) -> None:
    subscription = _subscription_of(job)
    lifecycle_of(subscription).terminated(subscription)


def _complete(job: Job) -> None:
    complete_item(item=_item_of(job))


def _fail(job: Job) -> None:
    reason = job.user_message or _("No pudimos poner en marcha el servicio.")
    fail_item(item=_item_of(job), user_message=reason)


def _give_up(job: Job) -> None:
    """What the other side refused stays refused; whatever else went wrong may be tried again by a person."""
    item = _item_of(job)
    if job.failure == Failure.PERMANENT and traits_of(item.subscription.kind).gives_money_back:
        give_up_item(item=item, user_message=job.user_message or _("No pudimos poner en marcha el servicio."))
    else:
        _fail(job)


def _cancelled(job: Job) -> None:
    fail_item(item=_item_of(job), user_message=_("Soporte detuvo la operación."))


def _resume(job: Job) -> None:
    resume_item(item=_item_of(job))


def _nothing(job: Job) -> None:
    """Support sees the job; the customer has nothing to decide."""


def _order_url(job: Job) -> str:
    return reverse("marketplace:order", args=[_item_of(job).order.public_id])


activate_subscription = Operation(
    run=_activate,
    succeeded=_complete,
    failed=_fail,
    cancelled=_cancelled,
    retried=_resume,
    url=_order_url,
    label=gettext_lazy("Poner en marcha una suscripción"),
    deadline=DEADLINE,
)
activate_subscription_slowly = replace(
    activate_subscription, failed=_give_up, deadline=LONG_DEADLINE, label=gettext_lazy("Poner en marcha con paciencia")
)
change_subscription = Operation(
    run=_change,
    succeeded=_complete,
    failed=_fail,
    cancelled=_cancelled,
    retried=_resume,
    url=_order_url,
    label=gettext_lazy("Agregar recursos a una suscripción"),
    deadline=DEADLINE,
)
restore_subscription = Operation(
    run=_restore,
    succeeded=_nothing,
    failed=_nothing,
    label=gettext_lazy("Volver a los recursos contratados"),
)
terminate_subscription = Operation(
    run=_terminate,
    succeeded=_terminated,
    failed=_nothing,
    label=gettext_lazy("Retirar una suscripción"),
)
suspend_subscription = Operation(
    run=_switch,
    succeeded=_switched,
    failed=_nothing,
    label=gettext_lazy("Suspender una suscripción"),
)
resume_subscription = Operation(
    run=_switch,
    succeeded=_switched,
    failed=_nothing,
    label=gettext_lazy("Reactivar una suscripción"),
)
