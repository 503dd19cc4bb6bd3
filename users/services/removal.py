"""Deleting people: what becomes of what they own is always said by whoever deletes, never assumed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import Account, ActionLogEntry, Membership, User
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation
from users import belongings
from users.services.delegation import make_delegates
from users.services.locks import lock_account
from users.services.members import Outcome, named, spare_what_must_stay
from users.services.sessions import end_sessions_of, people_without_other_accounts


class Fate(models.TextChoices):
    """What becomes of the things (mailboxes) and of the delegated services of whoever is deleted."""

    KEEP = "keep", gettext_lazy("Conservarlos sin usuario; un administrador los asignará después")
    GIVE = "give", gettext_lazy("Pasarlos a otra persona")
    REMOVE = "remove", gettext_lazy("Eliminarlos también")


@transaction.atomic
def delete_members(
    *,
    actor: Actor,
    account: Account,
    members: Sequence[Membership],
    things: Fate | None = None,
    delegations: Fate | None = None,
    heir: Membership | None = None,
) -> Outcome:
    """Takes the people out of the account, and off the platform when no other account knows them.

    Raises BusinessError (field "things" or "delegations") when somebody owns something and its fate was not said,
    and (field "heir") when it is to be given and nobody fit was named.
    """
    lock_account(account)
    chosen, refused = spare_what_must_stay(actor, account, members)
    _refuse_unfit_heir(chosen, heir, {things, delegations})
    ids = [member.user_id for member in chosen]
    _settle_things(actor, account, ids, things, heir)
    _settle_delegations(actor, account, ids, delegations, heir)
    end_sessions_of(people_without_other_accounts(chosen))
    log_actions(_entry_of(actor, member, things, delegations, heir) for member in chosen)
    Membership.objects.filter(pk__in=[member.pk for member in chosen]).delete()
    User.objects.filter(pk__in=ids, is_staff=False, memberships__isnull=True).delete()
    return Outcome(len(chosen), refused)


def _refuse_unfit_heir(members: Sequence[Membership], heir: Membership | None, fates: set[Fate | None]) -> None:
    if Fate.GIVE not in fates:
        return
    if heir is None or heir.pk in {member.pk for member in members} or not heir.is_active:
        text = _("Elija a una persona habilitada de la cuenta que no esté por eliminar.")
        raise BusinessError(text, field="heir", code="heir_missing")


def _settle_things(
    actor: Actor, account: Account, ids: Sequence[int], fate: Fate | None, heir: Membership | None
) -> None:
    if fate == Fate.REMOVE:
        belongings.remove_belongings(actor=actor, account=account, user_ids=ids)
    elif fate is not None:
        to = heir.user if heir and fate == Fate.GIVE else None
        belongings.give_belongings(actor=actor, account=account, user_ids=ids, to=to)
    elif belongings.belongings_of(account, ids):
        raise BusinessError(_("Diga qué hacer con lo que tienen."), field="things", code="fate_missing")


def _settle_delegations(
    actor: Actor, account: Account, ids: Sequence[int], fate: Fate | None, heir: Membership | None
) -> None:
    granted = ServiceDelegation.objects.filter(user__in=ids, subscription__account=account)
    rows = list(granted)
    if rows and fate is None:
        text = _("Diga qué hacer con los servicios que tienen delegados.")
        raise BusinessError(text, field="delegations", code="fate_missing")
    if fate == Fate.GIVE and heir:
        ServiceDelegation.objects.bulk_create(
            (
                ServiceDelegation(
                    user_id=heir.user_id,
                    subscription_id=row.subscription_id,
                    granted_by=actor.user,
                    ends_at=row.ends_at,
                )
                for row in {row.subscription_id: row for row in rows}.values()
            ),
            ignore_conflicts=True,
        )
        make_delegates([heir] if rows else [])
    granted.delete()


def _entry_of(
    actor: Actor, member: Membership, things: Fate | None, delegations: Fate | None, heir: Membership | None
) -> ActionLogEntry:
    return build_entry(
        actor=actor,
        account=member.account_id,
        action="users.user.deleted",
        target=member,
        target_name=named(member),
        before={"email": member.email, "role": member.role},
        after={
            "things": str(things or ""),
            "delegations": str(delegations or ""),
            "heir": named(heir) if heir else "",
        },
    )
