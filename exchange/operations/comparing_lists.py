"""Distribution lists and contacts, held against what the mail server has: at most some hundred of each, read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cloudpanel.provisioning.models import ACTIVE_STATES
from exchange.drivers.base import ContactSpec, ListSpec, MailDriver
from exchange.models import DistributionList, ExternalContact, Finding, Mailbox, MailDomain
from exchange.operations.lists import contact_spec, list_spec
from exchange.services.findings import Difference
from exchange.states import REMOVING
from marketplace.models import Subscription

Said = dict[str, Any]
Sides = Mapping[UUID, Said]


def differing_lists(driver: MailDriver, subscription: Subscription) -> list[Difference]:
    domains = list(subscription.mail_domains.filter(state=MailDomain.State.ACTIVE))
    there = {spec.id: spec for domain in domains for spec in driver.list_lists(domain.public_id)}

    def here() -> dict[UUID, ListSpec]:
        rows = _settled(DistributionList.objects.filter(subscription=subscription))
        return {row.public_id: list_spec(row) for row in rows}

    def said(specs: Iterable[ListSpec]) -> Sides:
        known = list(specs)
        names = _names({key for spec in known for key in (*spec.member_ids, *spec.owner_ids)})
        return {spec.id: _said_list(spec, names) for spec in known}

    living = set(DistributionList.objects.filter(public_id__in=there).values_list("public_id", flat=True))
    return _held_against(Finding.Thing.LIST, here, driver.lookup_lists, there, living, said)


def differing_contacts(driver: MailDriver, subscription: Subscription) -> list[Difference]:
    there = {spec.id: spec for spec in driver.list_contacts(subscription.public_id)}

    def here() -> dict[UUID, ContactSpec]:
        rows = _settled(ExternalContact.objects.filter(subscription=subscription).select_related("subscription"))
        return {row.public_id: contact_spec(row) for row in rows}

    def said(specs: Iterable[ContactSpec]) -> Sides:
        return {spec.id: {"address": spec.external_address, "name": spec.display_name} for spec in specs}

    living = set(ExternalContact.objects.filter(public_id__in=there).values_list("public_id", flat=True))
    return _held_against(Finding.Thing.CONTACT, here, driver.lookup_contacts, there, living, said)


def _held_against(
    thing: str,
    here: Callable[[], Mapping[UUID, Any]],
    look_up: Callable[[Iterable[UUID]], Mapping[UUID, Any]],
    there: Mapping[UUID, Any],
    living: set[UUID],
    said: Callable[[Iterable[Any]], Sides],
) -> list[Difference]:
    """What seems to differ is looked at a second time, and counts only when the panel's rows say the same as before."""
    before = here()
    suspects = _compared(thing, said(before.values()), said(look_up(list(before)).values()))
    if suspects:
        now = here()
        same = {each.mail_id: now[each.mail_id] for each in suspects if now.get(each.mail_id) == before[each.mail_id]}
        suspects = _compared(thing, said(same.values()), said(look_up(list(same)).values()))
    strays = said(look_up([key for key in there if key not in living]).values())
    return suspects + [
        Difference(key, server["address"], Finding.Kind.UNKNOWN, server=server, thing=thing)
        for key, server in strays.items()
    ]


def _compared(thing: str, here: Sides, there: Sides) -> list[Difference]:
    found = []
    for key, panel in here.items():
        server = there.get(key)
        names = [name for name in panel if server is None or panel[name] != server[name]]
        if not names:
            continue
        kind = Finding.Kind.MISSING if server is None else Finding.Kind.DIFFERENT
        told = {name: server[name] for name in names} if server else {}
        mine = {name: panel[name] for name in names}
        found.append(Difference(key, panel["address"], kind, panel=mine, server=told, thing=thing))
    return found


def _said_list(spec: ListSpec, names: Mapping[UUID, str]) -> Said:
    return {
        "address": spec.address,
        "name": spec.display_name,
        "senders": str(spec.senders),
        "members": sorted(names.get(key, str(key)) for key in spec.member_ids),
        "owners": sorted(names.get(key, str(key)) for key in spec.owner_ids),
    }


def _settled(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Nothing is under way with them, and nobody wants them gone."""
    return rows.exclude(last_job__state__in=ACTIVE_STATES).exclude(last_job__operation__in=REMOVING)


def _names(keys: set[UUID]) -> dict[UUID, str]:
    names: dict[UUID, str] = dict(Mailbox.objects.filter(public_id__in=keys).values_list("public_id", "address"))
    names |= dict(ExternalContact.objects.filter(public_id__in=keys).values_list("public_id", "email"))
    return names | dict(DistributionList.objects.filter(public_id__in=keys).values_list("public_id", "address"))
