"""The settings of the workers of these tests: the product's, with a driver that records what it did, and in a hurry."""

from cloudpanel.settings import *  # noqa: F403
from cloudpanel.settings import CELERY_BEAT_SCHEDULE, DRIVERS

DRIVERS = {
    **DRIVERS,
    "recorder": {"class": "tests.provisioning.faults.recorder.Recorder", "concurrency": 3, "pause": 0.5},
    "single": {"class": "tests.provisioning.faults.recorder.Recorder", "concurrency": 1},
}
CELERY_BEAT_SCHEDULE = {name: {**entry, "schedule": 0.5} for name, entry in CELERY_BEAT_SCHEDULE.items()}
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5
CELERY_TASK_TIME_LIMIT = 12
