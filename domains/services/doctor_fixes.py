"""What the doctor would write, into a zone that we host: one click instead of copying."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from domains.doctor import DOUBLE, MAIL, MISSING, WRONG
from domains.models import Checkup, Domain
from domains.services.zone_expected import Expected, apply_expected, hosted_zone

UNTIL_SEEN = timedelta(minutes=2)
"""From the click to the next look: the name servers need a moment."""


def fixes_of(domain: Domain) -> list[Expected]:
    """Records of mail that the last look found wanting, as a zone writes them."""
    checkup = Checkup.objects.filter(domain=domain).first()
    found = [each for each in (checkup.findings if checkup else []) if each["code"] in MAIL]
    kinds = {"mx": "MX", "spf": "TXT", "dmarc": "TXT", "dkim": "CNAME", "autodiscover": "CNAME"}
    return [
        Expected(_relative(each["name"], domain.name), kinds[each["code"]], _as_written(kinds[each["code"]], value))
        for each in found
        if each["verdict"] in {MISSING, WRONG, DOUBLE}
        for value in each["wanted"]
    ]


@transaction.atomic
def apply_fixes(*, actor: Actor, domain: Domain) -> bool:
    """True when they are on their way to the name servers; False when they wait beside changes that somebody prepared.
    BusinessError when we do not host the zone, or nothing is wanting."""
    zone = hosted_zone(domain)
    if zone is None:
        raise BusinessError(
            _("El DNS de este dominio no se administra aquí: copie los registros a donde lo administra.")
        )
    fixes = fixes_of(domain)
    if not fixes:
        raise BusinessError(_("No falta nada según la última revisión."))
    is_applied = apply_expected(actor=actor, zone=zone, expected=fixes)
    Checkup.objects.filter(domain=domain).update(check_again_at=timezone.now() + UNTIL_SEEN)
    log_action(actor=actor, account=domain.account_id, action="domains.domain.dns_mended", target=domain)
    return is_applied


def _relative(name: str, domain: str) -> str:
    return "@" if name == domain else name.removesuffix(f".{domain}")


def _as_written(kind: str, value: str) -> str:
    return value if kind == "TXT" else f"{value.rstrip('.')}."
