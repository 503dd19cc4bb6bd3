from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "cloudpanel.local"
    label = "local"
