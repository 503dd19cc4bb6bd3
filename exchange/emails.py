"""What the e-mail with the password link says, in the language of the account."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from exchange.models import PasswordLink
from exchange.models.drafts import LINK_LIFE


def password_link_email(link: PasswordLink, *, token: str) -> EmailMultiAlternatives:
    mailbox = link.mailbox
    context = {
        "mailbox": mailbox,
        "account": mailbox.account,
        "expires_at": link.expires_at,
        "hours": int(LINK_LIFE.total_seconds() // 3600),
        "link": settings.PUBLIC_URL + reverse("exchange:choose_password", args=[token]),
        "support_email": settings.SUPPORT_EMAIL,
    }
    language = mailbox.user.language if mailbox.user else mailbox.account.language
    with translation.override(language), timezone.override(mailbox.account.time_zone):
        subject = " ".join(render_to_string("emails/exchange/password_link_subject.txt", context).split())
        body = render_to_string("emails/exchange/password_link_body.txt", context)
        page = render_to_string("emails/exchange/password_link_body.html", context)
    message = EmailMultiAlternatives(subject=subject, body=body, to=[link.email])
    message.attach_alternative(page, "text/html")
    return message
