"""Where gateways tell that something changed. Nothing in a webhook is believed but which thing it is about."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.services.methods import GATEWAY, cards_offered
from billing.services.webhooks import receive_event
from cloudpanel.core.drivers import get_driver

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """400 for what Stripe did not sign; 200 for everything else, also what is not ours, so that it is not sent again."""
    if not cards_offered():
        return HttpResponse(status=404)
    event = get_driver(GATEWAY).read_event(request.body, request.headers.get("Stripe-Signature", ""))
    if event is None:
        logger.warning("A webhook without a valid signature came from %s", request.META.get("REMOTE_ADDR", ""))
        return HttpResponse(status=400)
    receive_event(
        gateway=GATEWAY,
        event_id=event.id,
        kind=event.kind,
        object_kind=event.object_kind,
        object_ref=event.object_ref,
        ours=event.ours,
    )
    return HttpResponse(status=200)
