from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Cuentas")

    def ready(self) -> None:
        from accounts import entering_log, sign_in_log  # noqa: F401 - they listen to the signals of signing in
