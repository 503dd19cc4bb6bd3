"""Whose a domain held elsewhere is: what we expect, what is seen where, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.requests import PanelRequest
from domains.models import Domain, OwnershipProof
from domains.ownership_words import NOTES, OUTCOMES
from domains.registries import registry_of
from domains.services.names import ending_of
from domains.services.ownership import why_not_removable


def proof_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    context: dict[str, Any] = {"may_change": request.membership.is_admin, "in_use": why_not_removable(domain)}
    if domain.kind == Domain.Kind.EXTERNAL and domain.state == Domain.State.ACTIVE:
        context["may_come"] = request.membership.is_admin and registry_of(ending_of(domain.name)) is not None
    if domain.kind != Domain.Kind.EXTERNAL:
        return context if domain.state == Domain.State.FAILED else {}
    proof = OwnershipProof.objects.filter(domain=domain).first()
    if proof is None:
        return context
    proof.domain = domain
    if domain.state == Domain.State.ACTIVE and proof.lost_since is None:
        return {**context, "proof_kept": proof}
    rows = [
        {
            "server": row["server"],
            "role": _("Servidor del dominio") if row["is_authority"] else _("Servidor público"),
            "txt": _shown(row["txt"]),
            "cname": _shown(row["cname"]),
        }
        for row in proof.answers
    ]
    words = OUTCOMES.get(proof.outcome, OUTCOMES["broken"])
    return {**context, "proof": proof, "proof_words": words, "proof_rows": rows}


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    values = list(entry["values"]) if entry["note"] == "found" and not entry["is_ours"] else []
    return {
        "is_ours": entry["is_ours"],
        "words": NOTES.get(entry["note"], entry["note"]),
        "values": values,
        "more": entry["count"] - len(values) if values else 0,
        "alias": entry["alias"],
    }
