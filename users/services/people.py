"""Brings people into an account: one, three, or five hundred in one submit, with the same few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.models import Account, ActionLogEntry, Membership, Role, User
from accounts.services.people import new_person
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation, Subscription
from users.services.activation import invite
from users.services.locks import lock_account


@dataclass(frozen=True, slots=True)
class NewPerson:
    """One row of *Añadir nuevos usuarios*. ``role`` follows from it: see :func:`role_for`."""

    email: str
    name: str
    is_administrator: bool = False
    notification_email: str = ""
    row: int = 0  # as the screen or the file numbers it


@dataclass(frozen=True, slots=True)
class SharedServices:
    """What all the people of one submit get: *usuarios con el mismo servicio asignado*."""

    subscriptions: Sequence[Subscription] = field(default_factory=list)
    ends_at: datetime | None = None


class PeopleRefused(BusinessError):
    """Some rows cannot be added. ``rows`` maps the row's index to field → sentence; nothing was written."""

    def __init__(self, rows: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__(_("Revise las filas marcadas: no se añadió a nadie todavía."), code="people_refused")
        self.rows = rows


def role_for(person: NewPerson, shared: SharedServices) -> Role:
    if person.is_administrator:
        return Role.ACCOUNT_ADMIN
    return Role.DELEGATE if shared.subscriptions else Role.SERVICE_USER


@transaction.atomic
def add_people(
    *,
    actor: Actor,
    account: Account,
    people: Sequence[NewPerson],
    shared: SharedServices | None = None,
    language: str = "",
    sends_activation: bool = True,
) -> list[Membership]:
    """Everybody or nobody. Raises PeopleRefused with the reason of every wrong row.

    Whoever is on the platform already, as another customer's user, is invited like everybody else: the administrator
    sees no difference, and the person decides.
    """
    lock_account(account)
    shared = shared or SharedServices()
    addresses = [normalize_email(person.email) for person in people]
    _refuse_wrong_rows(account, people, addresses)
    users = _ensure_users(people, addresses, language or account.language)
    members = Membership.objects.bulk_create(
        Membership(
            account=account,
            user=users[address],
            role=role_for(person, shared),
            name=person.name.strip(),
            email=address,
            notification_email=normalize_email(person.notification_email),
            is_pending=True,
        )
        for person, address in zip(people, addresses, strict=True)
    )
    _delegate_to_all(actor, members, shared)
    log_actions(_entry_of(actor, member, shared) for member in members)
    if sends_activation:
        invite(actor=actor, account=account, members=members)
    return members


def check_people(*, account: Account, people: Sequence[NewPerson]) -> None:
    """Raises what :func:`add_people` would raise, and writes nothing."""
    _refuse_wrong_rows(account, people, [normalize_email(person.email) for person in people])


def _refuse_wrong_rows(account: Account, people: Sequence[NewPerson], addresses: Sequence[str]) -> None:
    here = set(Membership.objects.filter(account=account, email__in=addresses).values_list("email", flat=True))
    first_seen: dict[str, int] = {}
    wrong: dict[int, dict[str, str]] = {}
    for index, (person, address) in enumerate(zip(people, addresses, strict=True)):
        if address in first_seen:
            text = _("Este correo ya está en la fila %(row)s de este mismo formulario.")
            wrong.setdefault(index, {})["email"] = text % {"row": first_seen[address]}
        elif address in here:
            wrong.setdefault(index, {})["email"] = _("Esta persona ya es usuario de su cuenta.")
        if not person.name.strip():
            wrong.setdefault(index, {})["name"] = _("Escriba el nombre.")
        first_seen.setdefault(address, person.row or index + 1)
    if wrong:
        raise PeopleRefused(wrong)


def _ensure_users(people: Sequence[NewPerson], addresses: Sequence[str], language: str) -> dict[str, User]:
    """The user of each address: those who exist are left as they are, the others are made without a password."""
    known = {user.email: user for user in User.objects.filter(email__in=addresses)}
    fresh = [
        new_person(
            email=address,
            name=person.name.strip(),
            language=language,
            notification_email=normalize_email(person.notification_email),
        )
        for person, address in zip(people, addresses, strict=True)
        if address not in known
    ]
    if not fresh:
        return known
    User.objects.bulk_create(fresh, ignore_conflicts=True)  # another account may have added the same one just now
    return {user.email: user for user in User.objects.filter(email__in=addresses)}


def _delegate_to_all(actor: Actor, members: Sequence[Membership], shared: SharedServices) -> None:
    ServiceDelegation.objects.bulk_create(
        ServiceDelegation(
            subscription=subscription, user_id=member.user_id, granted_by=actor.user, ends_at=shared.ends_at
        )
        for member in members
        for subscription in shared.subscriptions
    )


def _entry_of(actor: Actor, member: Membership, shared: SharedServices) -> ActionLogEntry:
    after: dict[str, object] = {"email": member.email, "role": str(member.role)}
    if shared.subscriptions:
        after["services"] = [subscription.name for subscription in shared.subscriptions]
        after["ends_at"] = shared.ends_at.isoformat() if shared.ends_at else None
    return build_entry(
        actor=actor,
        account=member.account_id,
        action="users.user.added",
        target=member,
        target_name=f"{member.name} <{member.email}>",
        after=after,
    )
