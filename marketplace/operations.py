"""Remote work of the marketplace: whatever the subscription's kind does, carried out for an order."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from marketplace.lifecycle import lifecycle_of
from marketplace.models import Order, Subscription
from marketplace.services.orders import begin_provisioning, complete_order, fail_order, resume_order
from marketplace.services.subscriptions import included_with

DEADLINE = timedelta(hours=6)  # after it the customer sees *Requiere atención*


def _order_of(job: Job) -> Order:
    return Order.objects.select_related("subscription").get(pk=job.params["order"])


def _subscription_of(job: Job) -> Subscription:
    return Subscription.objects.get(pk=job.params["subscription"])


def _activate(run: JobRun) -> Result:
    order = _order_of(run.job)
    begin_provisioning(order)
    return lifecycle_of(order.subscription).activate(order.subscription)


def _change(run: JobRun) -> Result:
    order = _order_of(run.job)
    begin_provisioning(order)
    return lifecycle_of(order.subscription).change(order.subscription, included_with(order))


def _restore(run: JobRun) -> Result:
    subscription = _subscription_of(run.job)
    included = dict(subscription.resources.values_list("resource", "included"))
    return lifecycle_of(subscription).change(subscription, included)


def _terminate(run: JobRun) -> Result:
    subscription = _subscription_of(run.job)
    return lifecycle_of(subscription).terminate(subscription)


def _terminated(job: Job) -> None:
    subscription = _subscription_of(job)
    lifecycle_of(subscription).terminated(subscription)


def _complete(job: Job) -> None:
    complete_order(order=_order_of(job))


def _fail(job: Job) -> None:
    reason = job.user_message or _("No pudimos poner en marcha el servicio.")
    fail_order(order=_order_of(job), user_message=reason)


def _cancelled(job: Job) -> None:
    fail_order(order=_order_of(job), user_message=_("Soporte detuvo la operación."))


def _resume(job: Job) -> None:
    resume_order(order=_order_of(job))


def _nothing(job: Job) -> None:
    """Support sees the job; the customer has nothing to decide."""


def _order_url(job: Job) -> str:
    return reverse("marketplace:order", args=[_order_of(job).public_id])


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
