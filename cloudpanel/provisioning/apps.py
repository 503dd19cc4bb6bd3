from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "cloudpanel.provisioning"
    label = "provisioning"
    verbose_name = "Aprovisionamiento"
