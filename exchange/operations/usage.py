"""What the mailboxes hold."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.operations.common import mail_driver, nothing_to_move
from exchange.services.usage import batch_of, write_usage


def _refresh(run: JobRun) -> Result:
    """Writes what it saw at once: it is an observation, not a state, and repeating it does no harm."""
    seen = mail_driver().usage(batch_of(run.params["after"]))
    write_usage({key: usage.used_bytes for key, usage in seen.items()})
    return Result(data={"seen": len(seen)})


refresh_usage = Operation(
    run=_refresh,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    driver="mail",
    label=_("Medir los buzones"),
    max_attempts=2,
)
