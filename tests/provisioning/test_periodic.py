import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from cloudpanel import settings as panel_settings
from cloudpanel.provisioning.models import PeriodicRun
from cloudpanel.provisioning.periodic import run_periodic

pytestmark = pytest.mark.django_db
CALLS: list[str] = []


def work() -> None:
    CALLS.append("work")


def broken() -> None:
    raise RuntimeError("no hay disco")


@pytest.fixture(autouse=True)
def _work(settings):
    CALLS.clear()
    settings.PERIODIC = {f"{__name__}.broken": 60, f"{__name__}.work": 60}


def test_what_is_due_runs_once_per_interval():
    run_periodic()
    run_periodic()
    assert CALLS == ["work"]


def test_it_runs_again_when_its_time_has_come():
    run_periodic()
    PeriodicRun.objects.update(due_at=timezone.now())
    run_periodic()
    assert CALLS == ["work", "work"]


def test_one_that_fails_is_noted_and_stops_no_other():
    run_periodic()
    assert PeriodicRun.objects.get(pk__endswith="broken").error == "RuntimeError: no hay disco"
    assert CALLS == ["work"]


def test_every_function_of_the_settings_exists():
    assert all(callable(import_string(name)) for name in panel_settings.PERIODIC)
