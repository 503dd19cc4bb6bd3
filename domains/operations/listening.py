"""The registry's queue of messages (RFC 5730, 2.9.2.3), read and acknowledged one by one."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.operations.common import driver_named
from domains.services.listening import hear

MOST = 200  # messages in one run; the next run goes on


def _listen(run: JobRun) -> Result:
    """A message is acknowledged when the next one is asked for: a crash in between shows it again, and hearing it twice
    changes nothing."""
    count = 0
    for message in driver_named(run.params["registry"]).messages():
        status = message.transfer.status.value if message.transfer else ""
        hear(name=message.name, status=status)
        count += 1
        if count > MOST:
            break
    return Result(data={"messages": count})


def _nothing(job: Job) -> None:
    """Each message was carried out as it came; the next run begins anew."""


listen_to_registry = Operation(
    run=_listen,
    succeeded=_nothing,
    failed=_nothing,
    label=_("Leer los mensajes del registro"),
    max_attempts=2,
    deadline=timedelta(minutes=10),
)
