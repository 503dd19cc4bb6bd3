"""The list of domains, the three ways to a new one, and the page of one, which is made of sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.domain_names import lookalike_warning
from cloudpanel.core.htmx import render_page_or_fragment
from domains.listing import Listing
from domains.models import Domain
from domains.states import shown_of
from domains.views.common import domain_view
from domains.views.doctor_section import doctor_section
from domains.views.history_section import history_section
from domains.views.lookup_section import lookup_section
from domains.views.proof_section import proof_section
from domains.views.registry_section import registry_section
from domains.views.zone_section import zone_section

SECTIONS: tuple[Callable[[PanelRequest, Domain], dict[str, Any]], ...] = (
    registry_section,
    proof_section,
    doctor_section,
    zone_section,
    lookup_section,
    history_section,
)
"""What each section of the page needs, in the order of the page. Each has its own template, ``_<section>.html``."""


@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
@require_safe
def domain_list(request: PanelRequest) -> HttpResponse:
    base = reverse("domains:list")
    listing = Listing.of(request.membership, request.GET, base)
    context = {"listing": listing, "base": base, "address": request.get_full_path()}
    return render_page_or_fragment(request, "domains/domains.html", "domains/_domains.html", context)


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def new_domain(request: PanelRequest) -> HttpResponse:
    """*Añadir Dominio Nuevo*: which of the three ways."""
    return render(request, "domains/new.html")


@domain_view
@require_safe
def domain_page(request: PanelRequest, domain: Domain) -> HttpResponse:
    context: dict[str, Any] = {
        "domain": domain,
        "shown": shown_of(domain),
        "address": request.get_full_path(),
        "lookalike": lookalike_warning(domain.name),
    }
    for section in SECTIONS:
        context |= section(request, domain)
    return render_page_or_fragment(request, "domains/domain.html", "domains/_domain.html", context)
