"""The panel of one subscription."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PanelRequest
from exchange.models import Finding, Mailbox, MailDomain
from exchange.services.capacity import MAILBOXES, STORAGE_GB
from exchange.views.common import closed_reason, subscription_view
from marketplace.models import Subscription


@subscription_view
def panel(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    domains = subscription.mail_domains.exclude(state=MailDomain.State.TERMINATED).order_by("-is_default", "name")
    resources = {row.resource: row for row in subscription.resources.all()}
    context = {
        "subscription": subscription,
        "closed_reason": closed_reason(subscription),
        "domains": domains[:5],
        "mailboxes": resources.get(MAILBOXES),
        "storage": resources.get(STORAGE_GB),
        "binned": Mailbox.objects.filter(subscription=subscription).in_bin()[:1001].count(),
        "differing": Finding.objects.filter(subscription=subscription).unresolved()[:1001].count(),
        "mail": mail_settings(),
    }
    return render(request, "exchange/panel.html", context)


def mail_settings() -> dict[str, object]:
    """What a mail program asks for."""
    return {"host": settings.MAIL_HOST, "imap_port": settings.MAIL_IMAP_PORT, "is_encrypted": not settings.LOCAL_MODE}
