"""What the screen says about the publication of a zone: its versions and its last job, put together here and nowhere else."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import ACTIVE_STATES, JobState
from domains.models import Checkup, Domain, Zone
from domains.services.zone_publishing import is_hosting_configured
from domains.states import Shown

PUBLISHED = Shown("published", _("Publicado"), "success")
PUBLISHING = Shown("publishing", _("En proceso"), "progress", is_moving=True)
COMPARING = Shown("comparing", _("Comparando con el servidor"), "progress", is_moving=True)
WITHDRAWING = Shown("withdrawing", _("Retirándose"), "progress", is_moving=True)
ATTENTION = Shown("attention", _("Requiere atención"), "danger")
DIFFERENT = Shown("different", _("Requiere atención"), "danger")
UNPUBLISHED = Shown("unpublished", _("Sin publicar"), "warning")


def shown_of_zone(zone: Zone) -> Shown:
    """The one place that decides. *Publicado* only when the server has confirmed exactly what is in force here."""
    job = zone.last_job
    state = job.state if job else None
    if zone.state == Zone.State.WITHDRAWING:
        return WITHDRAWING
    if state in ACTIVE_STATES and is_hosting_configured():
        return COMPARING if job and job.operation == "domains.compare_zone" and zone.is_published else PUBLISHING
    if zone.has_drift:
        return DIFFERENT
    if state == JobState.FAILED:
        return ATTENTION
    return PUBLISHED if zone.is_published else UNPUBLISHED


def uses_our_nameservers(domain: Domain) -> bool | None:
    """Whether the world is sent to us, and to nobody else, for this domain; None when the panel does not know. What its
    registry names counts, else what the doctor saw last."""
    names = {_name_of(each) for each in domain.nameservers or _seen_by_the_doctor(domain)}
    ours = {name.lower().removesuffix(".") for name in settings.ZONE_NAMESERVERS}
    return names <= ours if names else None


def _seen_by_the_doctor(domain: Domain) -> list[str]:
    checkup = Checkup.objects.filter(domain=domain).only("findings").first()
    rows = [each for each in checkup.findings if each["code"] == "ns"] if checkup else []
    return [str(name) for row in rows for name in row["seen"]]


def _name_of(nameserver: object) -> str:
    name = nameserver.get("name", "") if isinstance(nameserver, dict) else nameserver
    return str(name).lower().removesuffix(".")
