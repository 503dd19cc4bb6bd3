"""A change that is not finished holds back the renewal of its subscription, but not for ever: on the day on which nothing
is paid ahead any more it is cancelled, and the subscription is renewed as it is."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM
from accounts.models import NotificationKind
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from marketplace.customers_day import customers_day, latest_day
from marketplace.models import Order, Subscription
from marketplace.services.orders import cancel_order

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 200


def drop_stuck_changes(now: datetime) -> None:
    """What was paid for such a change is given back; one that a worker has in hand is left for the next run."""
    mine = Subscription.objects.filter(
        state=Subscription.State.ACTIVE, auto_renew=True, billed_until__lte=latest_day(now)
    ).annotate(customers_today=customers_day(now))
    over = mine.filter(billed_until__lte=F("customers_today")).values("pk")
    stuck = Order.objects.filter(kind=Order.Kind.CHANGE, items__subscription__in=over).exclude(state__in=Order.SETTLED)
    for order in stuck.select_related("account").distinct().order_by("pk")[:MOST_AT_ONCE]:
        try:
            with transaction.atomic():
                cancel_order(actor=SYSTEM, order=order)
                _tell(order)
        except BusinessError as refusal:
            logger.info("%s still holds back a renewal: %s", order, refusal.code)


def _tell(order: Order) -> None:
    notify(
        account=order.account_id,
        users=administrators_of(order.account_id),
        title=lambda: _("Cancelamos un cambio que no se terminó"),
        body=lambda: (
            _(
                "El pedido %(number)s no se completó antes de la renovación: su suscripción sigue como estaba, y lo que haya "
                "pagado por el cambio se le devuelve."
            )
            % {"number": order.number}
        ),
        url=reverse("marketplace:order", args=[order.public_id]),
        level="warning",
        kind=NotificationKind.BILLING,
    )
