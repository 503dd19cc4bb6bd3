"""The Celery application. Two tasks only, both in cloudpanel.provisioning.tasks."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")

app = Celery("cloudpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["cloudpanel.provisioning"])
