"""*Encontrar dominio*: all registries asked at the same time, each answer written down as it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError, as_completed
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.provisioning.errors import ConfigurationError, DriverError
from cloudpanel.provisioning.models import DriverHealth, Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.base import Availability, RegistryDriver
from domains.models import SearchedName
from domains.operations.common import driver_named
from domains.registries import registries

LONGEST = 20.0  # seconds that a registry has; then its names are "no se sabe"
Found = Mapping[str, Availability]


def _search(run: JobRun) -> Result:
    """One thread for each registry: the whole takes as long as the slowest. Threads only speak EPP; rows are written here."""
    waiting: dict[str, list[SearchedName]] = defaultdict(list)
    for row in SearchedName.objects.filter(search=run.params["search"], answer=SearchedName.Answer.WAITING):
        waiting[row.registry].append(row)
    asked = _begin(waiting)
    pool = ThreadPoolExecutor(max_workers=max(len(asked), 1))
    futures = {pool.submit(driver.check, [row.name for row in rows]): rows for driver, rows in asked}
    try:
        for future in as_completed(futures, timeout=LONGEST):
            _write(futures.pop(future), future)
    except TimeoutError:
        for rows in futures.values():
            _not_known(rows, _("El registro tardó demasiado en responder."))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return Result()


def _begin(waiting: Mapping[str, Sequence[SearchedName]]) -> list[tuple[RegistryDriver, Sequence[SearchedName]]]:
    """What is known to be away is not waited for."""
    paused = set(DriverHealth.objects.filter(open_until__gt=timezone.now()).values_list("driver", flat=True))
    asked = []
    for name, rows in waiting.items():
        if name not in registries() or registries()[name].driver_name in paused:
            _not_known(rows, _("El registro no responde en este momento."))
            continue
        try:
            asked.append((driver_named(name), rows))
        except ConfigurationError:
            _not_known(rows, _("El registro no responde en este momento."))
    return asked


def _write(rows: Sequence[SearchedName], future: Future[Found]) -> None:
    try:
        found = future.result()
    except DriverError:
        _not_known(rows, _("El registro no responde en este momento."))
        return
    for row in rows:
        answer = SearchedName.Answer(found.get(row.name, Availability.UNKNOWN).value)
        note = _("El registro no dijo si está libre.") if answer == SearchedName.Answer.UNKNOWN else ""
        SearchedName.objects.filter(pk=row.pk).update(answer=answer, note=note)


def _not_known(rows: Sequence[SearchedName], why: str) -> None:
    pks = [row.pk for row in rows]
    SearchedName.objects.filter(pk__in=pks).update(answer=SearchedName.Answer.UNKNOWN, note=why)


def _done(job: Job) -> None:
    """The answers are in their rows."""


def _failed(job: Job) -> None:
    rows = SearchedName.objects.filter(search=job.params["search"], answer=SearchedName.Answer.WAITING)
    rows.update(answer=SearchedName.Answer.UNKNOWN, note=_("No pudimos consultar al registro."))


search_names = Operation(
    run=_search,
    succeeded=_done,
    failed=_failed,
    label=gettext_lazy("Buscar nombres de dominio"),
    max_attempts=2,
    deadline=timedelta(minutes=2),
    time_limit=timedelta(seconds=60),
)
