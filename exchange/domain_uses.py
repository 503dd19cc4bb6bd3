"""Tells *Dominios* which of its names receive mail here (``settings.DOMAIN_USES``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from domains.uses import Use
from exchange.models import MailDomain


def mail_domains(account_id: int, names: Sequence[str]) -> Mapping[str, list[Use]]:
    """Active mail domains; one that still waits for its proof does not use anything yet."""
    rows = MailDomain.objects.filter(account_id=account_id, name__in=names, state=MailDomain.State.ACTIVE)
    found: dict[str, list[Use]] = defaultdict(list)
    for name, public_id, service, label in rows.values_list(
        "name", "public_id", "subscription__public_id", "subscription__name"
    ):
        found[name].append(
            Use(_("Correo: %(service)s") % {"service": label}, reverse("exchange:domain", args=[service, public_id]))
        )
    return found
