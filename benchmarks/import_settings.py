"""The product's settings with a mail system that says yes at once, for the workers of ``bench_import``."""

from cloudpanel.settings import *  # noqa: F403
from cloudpanel.settings import DRIVERS

DRIVERS = {**DRIVERS, "mail": {"class": "benchmarks.instant_mail.InstantMailDriver", "concurrency": 8}}
