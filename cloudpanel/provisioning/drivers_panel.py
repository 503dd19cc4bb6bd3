"""How each driver does, in a fixed number of statements: for the staff pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cloudpanel.provisioning.circuit import NO_LIMIT, PAUSE_AFTER, calls_at_once
from cloudpanel.provisioning.models import ACTIVE_STATES, DriverHealth, Job, JobState


@dataclass(frozen=True, slots=True)
class DriverLine:
    health: DriverHealth
    waiting: int
    in_flight: int

    @property
    def name(self) -> str:
        return self.health.driver or _("(sin controlador)")

    @property
    def is_paused(self) -> bool:
        return self.health.open_until is not None and self.health.open_until > timezone.now()

    @property
    def paused_until(self) -> datetime | None:
        return self.health.open_until if self.is_paused else None

    @property
    def is_recovering(self) -> bool:
        """The pause is over, and one call at a time asks whether the other side is back."""
        return not self.is_paused and self.health.consecutive_failures >= PAUSE_AFTER

    @property
    def limit(self) -> int | None:
        limit = calls_at_once(self.health.driver)
        return None if limit >= NO_LIMIT else limit


def driver_lines() -> list[DriverLine]:
    active = Job.objects.filter(state__in=ACTIVE_STATES).order_by().values("driver")
    counts = active.annotate(
        waiting=Count("pk", filter=Q(state=JobState.QUEUED)),
        in_flight=Count("lease_token", filter=Q(state=JobState.RUNNING), distinct=True),
    )
    by_driver = {row["driver"]: (row["waiting"], row["in_flight"]) for row in counts}
    return [
        DriverLine(health, *by_driver.get(health.driver, (0, 0))) for health in DriverHealth.objects.order_by("driver")
    ]
