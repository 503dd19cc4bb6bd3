"""Who is on a distribution list: mailboxes, other lists, and people outside, who become contacts by being added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import DistributionList, ExternalContact, ListMember, Mailbox
from exchange.services.addresses import clean_outside_address
from exchange.services.contacts import create_contact
from exchange.services.lists import begin, require_settled

MAX_MEMBERS = 5000
MAX_AT_ONCE = 500
SHOWN = 5  # addresses that an error names
Who = Mailbox | DistributionList | ExternalContact


def addresses_in(text: str) -> list[str]:
    """What somebody typed or pasted: one for each line, comma, semicolon or blank; each once. Mail programs write names
    beside them (``"López, Ana" <ana@x.mx>``, RFC 5322 section 3.4): where an address is in angle brackets, words without
    an ``@`` are such names."""
    found: dict[str, None] = {}
    for part in re.split(r"[;\r\n]+", re.sub(r'"[^"\r\n]*"', " ", text)):
        has_names = "<" in part
        for word in re.split(r"[\s,<>]+", part):
            if word and ("@" in word or not has_names):
                found[word.lower().removeprefix("mailto:")] = None
    return list(found)


@transaction.atomic
def add_members(*, actor: Actor, row: DistributionList, text: str, is_owner: bool = False) -> int:
    """Adds everybody in ``text``; who is on it already stays. All or nothing: BusinessError (field "addresses") names
    what is wrong. With ``is_owner`` they own the list, which only mailboxes can."""
    _lock(row)
    addresses = addresses_in(text)
    if not addresses:
        raise BusinessError(_("Escriba al menos una dirección."), field="addresses")
    if len(addresses) > MAX_AT_ONCE:
        raise BusinessError(_("Añada 500 direcciones a la vez como máximo."), field="addresses")
    people = _found(actor, row, addresses)
    if is_owner and not all(isinstance(who, Mailbox) for who in people):
        raise BusinessError(_("Solo un buzón de esta suscripción puede ser propietario."), field="addresses")
    added = sum(_add(row, who, is_owner=is_owner) for who in people)
    _count(row)
    if row.member_count > MAX_MEMBERS:
        raise BusinessError(_("Una lista puede tener 5,000 integrantes como máximo."), field="addresses")
    if added:
        begin(actor, row)
        after = {"count": added, "members": ", ".join(addresses[:SHOWN])}
        _log(actor, row, "owners_added" if is_owner else "members_added", after=after)
    return added


@transaction.atomic
def remove_member(*, actor: Actor, row: DistributionList, member: ListMember, is_owner: bool = False) -> None:
    """Takes somebody off, or only off the owners. A second click finds nothing more to do."""
    _lock(row)
    here = ListMember.objects.filter(pk=member.pk)
    name, flag = str(member), "is_owner" if is_owner else "is_member"
    other = "is_member" if is_owner else "is_owner"
    if not here.filter(**{flag: True}).exists():
        return
    if not here.filter(**{other: True}).update(**{flag: False}):
        here.delete()
    _count(row)
    begin(actor, row)
    _log(actor, row, "owner_removed" if is_owner else "member_removed", before={"members": name})


def forget_mailboxes(pks: Sequence[int]) -> None:
    """These mailboxes are gone for ever; the mail system has taken them off its lists by itself."""
    mine = ListMember.objects.filter(mailbox__in=pks)
    lists = list(mine.values_list("list", flat=True).distinct())
    mine.delete()
    recount(lists)


def recount(lists: Iterable[int]) -> None:
    """How many are on each."""
    members = ListMember.objects.filter(list=OuterRef("pk"), is_member=True).order_by().values("list")
    counted = Coalesce(Subquery(members.annotate(n=Count("pk")).values("n")), 0)
    DistributionList.objects.filter(pk__in=list(lists)).update(member_count=counted)


def _lock(row: DistributionList) -> None:
    DistributionList.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require_settled(row)


def _found(actor: Actor, row: DistributionList, addresses: Sequence[str]) -> list[Who]:
    """Whoever has these addresses, in their order. Those outside become contacts; all that is wrong is told at once."""
    known: dict[str, Who] = {}
    mine = {"subscription": row.subscription_id}
    for box in Mailbox.objects.filter(address__in=addresses, **mine).listed().select_related("last_job"):
        if not box.is_made:
            text = _("%(address)s todavía no está listo. Inténtelo en unos minutos.")
            raise BusinessError(text % {"address": box.address}, field="addresses")
        known[box.address] = box
    aliased = Mailbox.objects.filter(aliases__address__in=addresses, **mine).listed()
    for box in aliased.annotate(alias=F("aliases__address")).filter(alias__in=addresses):
        known.setdefault(box.alias, box)
    for other in DistributionList.objects.filter(address__in=addresses, **mine):
        known[other.address] = other
    for contact in ExternalContact.objects.filter(email__in=addresses, **mine):
        known[contact.email] = contact
    wrong: list[str] = []
    people = [known.get(address) or _contact(actor, row, address, wrong) for address in addresses]
    if wrong:
        raise BusinessError(" ".join(wrong[:SHOWN]), field="addresses")
    found = [who for who in people if who is not None]
    for who in found:
        if isinstance(who, DistributionList):
            _require_no_circle(row, who)
    return found


def _contact(actor: Actor, row: DistributionList, address: str, wrong: list[str]) -> ExternalContact | None:
    try:
        email = clean_outside_address(address)
        same = ExternalContact.objects.filter(subscription=row.subscription_id, email=email).first()
        return same or create_contact(
            actor=actor, subscription=row.subscription, name=email.partition("@")[0], email=email
        )
    except BusinessError as refusal:
        wrong.append(f"{address}: {refusal.user_message}")
        return None


def _require_no_circle(row: DistributionList, added: DistributionList) -> None:
    """Mail would go round for ever when a list were, through others, a member of itself."""
    reached, ahead = {added.pk}, {added.pk}
    while ahead:
        if row.pk in ahead:
            raise BusinessError(
                _("%(address)s ya incluye esta lista: el correo daría vueltas.") % {"address": added.address},
                field="addresses",
            )
        nested = ListMember.objects.filter(list__in=ahead, nested__isnull=False)
        ahead = set(nested.values_list("nested", flat=True)) - reached
        reached |= ahead


def _add(row: DistributionList, who: Who, *, is_owner: bool) -> bool:
    """True when something is new."""
    if who.pk == row.pk and isinstance(who, DistributionList):
        raise BusinessError(_("Una lista no puede ser integrante de sí misma."), field="addresses")
    place = "mailbox" if isinstance(who, Mailbox) else "contact" if isinstance(who, ExternalContact) else "nested"
    defaults = {"is_owner": is_owner, "is_member": not is_owner}
    member, is_new = ListMember.objects.get_or_create(list=row, **{place: who}, defaults=defaults)
    flag = "is_owner" if is_owner else "is_member"
    if is_new:
        return True
    return bool(ListMember.objects.filter(Q(pk=member.pk), **{flag: False}).update(**{flag: True}))


def _count(row: DistributionList) -> None:
    recount([row.pk])
    row.refresh_from_db(fields=["member_count"])


def _log(actor: Actor, row: DistributionList, what: str, **change: Mapping[str, object]) -> None:
    log_action(actor=actor, account=row.account_id, action=f"exchange.list.{what}", target=row, **change)
