from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Carries the e-mails that ``accounts`` notes to the mail server. An app of its own because it stands above the
    engine, and accounts below it."""

    name = "notices"
    verbose_name = _("Correos del panel")
