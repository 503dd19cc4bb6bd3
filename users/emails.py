"""What activation e-mails say, in the language of the person who gets them."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from users.models import LINK_LIFE, Activation


def activation_email(activation: Activation, *, token: str, template: str) -> EmailMultiAlternatives:
    """``template`` is "activation" or "reminder": templates/emails/users/<template>_{subject,body}.*"""
    member = activation.membership
    assert member is not None
    user = member.user
    context = {
        "activation": activation,
        "member": member,
        "user": user,
        "inviter": activation.requested_by,
        "hours": int(LINK_LIFE.total_seconds() // 3600),
        "link": f"{settings.PUBLIC_URL}/activar/{token}/",
        "panel_name": settings.PANEL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(user.language), timezone.override(member.account.time_zone):
        subject = " ".join(render_to_string(f"emails/users/{template}_subject.txt", context).split())
        body = render_to_string(f"emails/users/{template}_body.txt", context)
        page = render_to_string(f"emails/users/{template}_body.html", context)
    message = EmailMultiAlternatives(subject=subject, body=body, to=[user.email])
    message.attach_alternative(page, "text/html")
    return message
