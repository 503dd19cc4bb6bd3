from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("Usuarios")

    def ready(self) -> None:
        from users import sign_ins  # noqa: F401 - listens to Django's two sign-in signals
