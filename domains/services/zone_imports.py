"""A zone file becomes a prepared change; nothing of it is in force before somebody has seen the plan."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor
from domains.models import Zone
from domains.services.zone_drafts import lock_zone, stage_wanted
from domains.services.zone_expected import with_ttl_of
from domains.zones.files import ZoneFile, read_zone_file


@transaction.atomic
def import_zone_file(*, actor: Actor, zone: Zone, text: str, is_merged: bool) -> ZoneFile:
    """Prepares what the file says, beside what is there (``is_merged``) or in its place. With ``problems`` nothing happens.

    BusinessError ``unapplied`` while other changes wait, or when the records cannot stand together."""
    read = read_zone_file(zone.name, text)
    if read.problems:
        return read
    zone = lock_zone(zone)
    there = {row.record for row in zone.records.applied()} if is_merged else set()
    stage_wanted(actor=actor, zone=zone, wanted=with_ttl_of(there, read.records), action="imported")
    return read
