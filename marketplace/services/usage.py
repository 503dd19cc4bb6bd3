"""What a subscription includes and uses, in the words of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudpanel.core.drivers import get_lifecycle
from marketplace.lifecycle import ServiceLifecycle, lifecycle_of
from marketplace.models import Subscription


@dataclass(frozen=True, slots=True)
class ResourceUse:
    code: str
    name: str
    used: int
    included: int
    unit: str = ""


def describe_resources(subscription: Subscription) -> list[ResourceUse]:
    """In the order in which the kind names its resources. One query."""
    words = lifecycle_of(subscription).resources
    rows = {row.resource: row for row in subscription.resources.all()}
    known = [code for code in words if code in rows]
    named = [
        ResourceUse(code, str(words[code].name), rows[code].used, rows[code].included, str(words[code].unit))
        for code in known
    ]
    unnamed = sorted(rows.keys() - words.keys())
    return named + [ResourceUse(code, code, rows[code].used, rows[code].included) for code in unnamed]


def describe_grants(kind: str, grants: Mapping[str, int]) -> list[str]:
    """``["10 buzones", "100 GB de almacenamiento"]``. No queries."""
    lifecycle: ServiceLifecycle = get_lifecycle(kind)
    known = [code for code in lifecycle.resources if grants.get(code)]
    return [lifecycle.resources[code].describe(grants[code]) for code in known]


def describe_change(kind: str, before: Mapping[str, int], after: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """(name, before, after) of every resource that gets more or less. No queries."""
    words = get_lifecycle(kind).resources
    changed = [code for code in words if before.get(code, 0) != after.get(code, 0)]
    return [
        (str(words[code].name), words[code].describe(before.get(code, 0)), words[code].describe(after.get(code, 0)))
        for code in changed
    ]
