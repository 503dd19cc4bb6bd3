"""The product's settings with an instant driver, for the workers of ``bench_engine``."""

from cloudpanel.settings import *  # noqa: F403
from cloudpanel.settings import DRIVERS

DRIVERS = {**DRIVERS, "instant": {"class": "builtins.object", "concurrency": 8}}
