"""allauth's e-mails leave through jobs: a mail server that is away costs nobody a page."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation

from accounts.actors import SYSTEM
from accounts.adapters import AccountAdapter
from accounts.models import User
from cloudpanel.provisioning.services import enqueue


class PanelAccountAdapter(AccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The words are made now, in the language of ``context["user"]`` when it is known; the job carries them."""
        person = context.get("user")
        language = person.language if isinstance(person, User) else translation.get_language()
        facts = {"panel_name": settings.PANEL_NAME, "panel_url": settings.PUBLIC_URL, **context}
        with translation.override(language):
            message = self.render_mail(template_prefix, email, {**facts, "support_email": settings.SUPPORT_EMAIL})
        pages = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
        words = {"to": email, "subject": message.subject, "body": message.body, "html": pages[0][0] if pages else ""}
        key = f"users.message:{uuid4()}"
        enqueue(actor=SYSTEM, account=None, operation="users.send_message", lock_key=key, secret=words)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """To the sign-in address: whoever reads it can undo what somebody else did with the account."""
        facts = {
            "user": user,
            "timestamp": timezone.now(),
            "ip": self.get_client_ip(self.request),
            "user_agent": self.get_http_user_agent(self.request)[:200],
        }
        self.send_mail(template_prefix, user.email, {**facts, **(context or {})})
