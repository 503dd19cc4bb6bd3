"""What the doctor would write, into a zone that we host: one click instead of copying."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from domains.doctor import DOUBLE, MAIL, MISSING, WRONG, has_policy
from domains.models import Checkup, Domain
from domains.services.zone_expected import Expected, apply_expected, hosted_zone
from domains.spf import is_spf, merged, with_mechanism
from domains.zones.values import parts_of

UNTIL_SEEN = timedelta(minutes=2)
"""From the click to the next look: the name servers need a moment."""


def fixes_of(domain: Domain) -> list[Expected]:
    """Records of mail that the last look found wanting, as a zone writes them. What the zone says itself, which the world
    may not see yet, is kept: its SPF gets our mechanism, its DMARC stays."""
    checkup = Checkup.objects.filter(domain=domain).first()
    found = [each for each in (checkup.findings if checkup else []) if each["code"] in MAIL]
    texts = _texts_of(domain)
    kinds = {"mx": "MX", "spf": "TXT", "dmarc": "TXT", "dkim": "CNAME", "autodiscover": "CNAME"}
    return [
        Expected(_relative(each["name"], domain.name), kinds[each["code"]], _as_written(kinds[each["code"]], value))
        for each in found
        if each["verdict"] in {MISSING, WRONG, DOUBLE} and each["wanted"] != each["seen"]
        for value in _wanted(each, texts)
    ]


def _texts_of(domain: Domain) -> dict[str, list[str]]:
    """Relative name → texts of the zone that we host."""
    zone = hosted_zone(domain)
    found: dict[str, list[str]] = {}
    for row in zone.records.wanted().filter(kind="TXT", name__in=["@", "_dmarc"]) if zone else ():
        found.setdefault(row.name, []).append(parts_of("TXT", row.value)["text"])
    return found


def _wanted(finding: dict[str, Any], texts: dict[str, list[str]]) -> list[str]:
    if finding["code"] == "spf" and (own := [text for text in texts.get("@", []) if is_spf(text)]):
        return [with_mechanism(merged(own) if len(own) > 1 else own[0], str(settings.MAIL_DNS["spf"]))]
    if finding["code"] == "dmarc" and has_policy(texts.get("_dmarc", [])):
        return []
    return list(finding["wanted"])


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
