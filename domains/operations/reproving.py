"""Is the record still there that proved whose a domain is?"""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.models import Domain, OwnershipProof
from domains.operations.looking_up import nothing_to_move, page_of_job
from domains.operations.ownership import look_at_proof
from domains.services.reproving import remember_proof

LONGEST = 60.0  # seconds; what is left over is due again by itself


def _reprove(run: JobRun) -> Result:
    """Writes what it saw at once: an observation, and repeating it does no harm."""
    started, done = time.monotonic(), 0
    proofs = OwnershipProof.objects.select_related("domain").filter(domain__public_id__in=run.params["domains"])
    for proof in proofs.filter(domain__kind=Domain.Kind.EXTERNAL, domain__state=Domain.State.ACTIVE):
        if time.monotonic() - started > LONGEST:
            break
        remember_proof(proof, *look_at_proof(proof))
        done += 1
    return Result(data={"looked_at": done})


reprove = Operation(
    run=_reprove,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    url=page_of_job,
    driver="dns_observer",
    label=_("Volver a comprobar que un dominio es suyo"),
    max_attempts=3,
    deadline=timedelta(hours=1),
    time_limit=timedelta(minutes=2),
)
