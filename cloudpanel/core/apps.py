from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "cloudpanel.core"
    label = "core"
    verbose_name = "Núcleo"
