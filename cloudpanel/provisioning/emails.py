"""Sends one e-mail from an operation, and says what a mail server's refusal means for the job."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError

MAIL_SERVER = "smtp"  # the driver of operations that send e-mail
PERMANENT = 500  # RFC 5321, section 4.2.1: 4yz may work later, 5yz will not


def deliver(message: EmailMessage) -> None:
    """Hands ``message`` to the mail server. Raises what an operation may raise: a server that is away, slow or busy is
    a TransientError, an address that it refuses a PermanentError with a sentence for the customer."""
    try:
        message.send()
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(f"the mail server refused our sign-in: {error}", provider="smtp") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _verdict(max((code for code, _text in error.recipients.values()), default=0), error) from error
    except smtplib.SMTPResponseException as error:
        raise _verdict(error.smtp_code, error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"the mail server is away: {error!r}", provider="smtp") from error


def _verdict(code: int, error: Exception) -> Exception:
    if code < PERMANENT:
        return TransientError(f"the mail server asks to try later: {error}", provider="smtp")
    message = _("El servidor de correo no aceptó la dirección. Revise que esté bien escrita.")
    return PermanentError(message, f"the mail server refused: {error}", provider="smtp")
