"""The rows of a chunk become mailboxes of the panel, with their service users and promised links, all in sets. Then the
mail system hears of them; until it has answered they are *En proceso*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.action_log import Thing, log_each
from accounts.actors import Actor
from accounts.models import Membership, Role, User
from accounts.services.people import UNUSABLE
from cloudpanel.core.set_insert import SetInsert, insert_select
from cloudpanel.provisioning.models import Job
from exchange.models import ImportRow, Mailbox, MailboxImport, MailDomain, PasswordLink
from exchange.models.drafts import LINK_LIFE
from exchange.services.capacity import give_back, places_for
from exchange.services.imports.chunks import Chunk, default_template
from exchange.services.imports.deciding import DOMAIN_GONE, TAKEN_MEANWHILE
from exchange.services.imports.hands import OtherHands

State = ImportRow.State

# What the next statement makes things of: read once, so that all that follows joins small sets and nothing else. Nested
# loops are off for it: the planner knows nothing of sets that a statement makes itself, and would try each with each.
_PICKED = """
picked AS MATERIALIZED (
    SELECT row.*, own.id AS own_template, own.allows_imap AS own_imap, own.allows_pop3 AS own_pop3,
           own.allows_smtp AS own_smtp, (%(uses_passwords)s AND row.sealed_password IS NOT NULL) AS has_secret
    FROM exchange_importrow row
    LEFT JOIN exchange_mailboxtemplate own
      ON own.id = coalesce(%(template)s, row.template_id) AND own.subscription_id = %(subscription)s
    WHERE row.id = ANY(%(ids)s) AND row.mail_domain_id = ANY(%(domains)s)
), known AS MATERIALIZED (
    SELECT * FROM unnest(%(known_addresses)s::text[], %(known_users)s::bigint[]) AS pairs (address, user_id)
)
"""

# People of the account who sign in with one of these addresses and have no mailbox yet.
_KNOWN = """
WITH person AS MATERIALIZED (
    SELECT id, lower(email) AS email FROM accounts_user WHERE lower(email) = ANY(%(addresses)s) AND is_active
)
SELECT person.email, person.id FROM person
JOIN accounts_membership member ON member.user_id = person.id AND member.account_id = %(account)s
WHERE member.is_active
  AND NOT EXISTS (SELECT 1 FROM exchange_mailbox other WHERE other.account_id = %(account)s
                    AND other.user_id = person.id AND other.state <> 'terminated' AND other.deleted_at IS NULL)
"""

_LEFT = """
SELECT id, mailbox_public_id, address, display_name, quota_mb FROM exchange_importrow
WHERE batch_id = %(batch)s AND state = %(creating)s AND number BETWEEN %(first)s AND %(last)s
  AND mailbox_public_id IS NOT NULL
ORDER BY number
"""

_THERE = "SELECT public_id FROM exchange_mailbox WHERE public_id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that is to become a mailbox."""

    row_id: int
    public_id: UUID
    address: str
    display_name: str
    quota_mb: int


@transaction.atomic
def stage_chunk(chunk: Chunk, hand: UUID, actor: Actor) -> None:
    """Makes what is not there yet; another try after a crash finds it made. Raises OtherHands when ``hand`` (the claim of
    the chunk's job) no longer counts."""
    held = Job.objects.select_for_update().filter(pk=chunk.job_id, lease_token=hand)
    if held.values_list("pk", flat=True).first() is None:
        raise OtherHands
    wanted = _not_made(chunk)
    if not wanted:
        return
    made = _make(chunk, wanted)
    if len(made) < len(wanted):
        _give_up(chunk.batch, [row for row in wanted if row.public_id not in made])
    log_each(
        actor=actor,
        account=chunk.batch.account,
        action="exchange.mailbox.created",
        model=Mailbox,
        things=(
            Thing(
                str(row.public_id),
                row.address,
                {"display_name": row.display_name, "quota_mb": row.quota_mb, "import": chunk.batch.filename},
            )
            for row in wanted
            if row.public_id in made
        ),
    )


def _not_made(chunk: Chunk) -> list[Wanted]:
    values = {"batch": chunk.batch.pk, "creating": State.CREATING.value, "first": chunk.first, "last": chunk.last}
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, values)
        rows = [Wanted(*row) for row in cursor.fetchall()]
        cursor.execute(_THERE, [[str(row.public_id) for row in rows]])
        there = {public_id for (public_id,) in cursor.fetchall()}
    return [row for row in rows if row.public_id not in there]


def _make(chunk: Chunk, wanted: Sequence[Wanted]) -> set[UUID]:
    """One statement: people, memberships, mailboxes, links. Gives the mailboxes."""
    parts = [
        *_people(),
        ("made", _mailboxes(), "ON CONFLICT DO NOTHING RETURNING id, public_id, user_id"),
        ("links", _links(), ""),
    ]
    statement = "SET LOCAL enable_nestloop = off; WITH " + _PICKED
    statement += "".join(f", {name} AS ({insert.sql} {ending})" for name, insert, ending in parts)
    statement += " SELECT public_id, user_id FROM made UNION ALL SELECT NULL, id FROM people"
    values = _values(chunk, wanted)
    for _name, insert, _ending in parts:
        values |= insert.values
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
    made = {public_id: user for public_id, user in rows if public_id is not None}
    if len(made) < len(wanted):
        _remove_people({user for public_id, user in rows if public_id is None} - set(made.values()))
    return set(made)


def _values(chunk: Chunk, wanted: Sequence[Wanted]) -> dict[str, Any]:
    batch = chunk.batch
    default, known = default_template(batch), _known(batch, wanted)
    domains = batch.subscription.mail_domains.filter(state=MailDomain.State.ACTIVE)
    return {
        "ids": [row.row_id for row in wanted],
        "domains": list(domains.values_list("pk", flat=True)),
        "known_addresses": list(known),
        "known_users": list(known.values()),
        "account": batch.account_id,
        "subscription": batch.subscription_id,
        "job": chunk.job_id,
        "template": batch.template_id,
        "default_template": default["pk"],
        "default_imap": default["allows_imap"],
        "default_pop3": default["allows_pop3"],
        "default_smtp": default["allows_smtp"],
        "language": batch.account.language,
        "expires": timezone.now() + LINK_LIFE,
        "uses_passwords": batch.password_by == MailboxImport.PasswordBy.FILE,
        "makes_users": batch.makes_users,
    }


def _known(batch: MailboxImport, wanted: Sequence[Wanted]) -> dict[str, int]:
    if not batch.makes_users:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"account": batch.account_id, "addresses": [row.address for row in wanted]})
        return dict(cursor.fetchall())


def _people() -> list[tuple[str, SetInsert, str]]:
    """New service users; whoever signs in with such an address already is not made again. That they and their mailbox
    have the same moment of birth tells later that they were made for it (:mod:`exchange.services.imports.outcomes`)."""
    user = insert_select(
        User,
        "picked WHERE %(makes_users)s",
        {
            "public_id": "gen_random_uuid()",
            "email": "picked.address",
            "name": "picked.display_name",
            "language": "%(language)s",
            "password": f"'{UNUSABLE}'",
            "date_joined": "statement_timestamp()",
        },
    )
    member = insert_select(
        Membership,
        "people",
        {
            "public_id": "gen_random_uuid()",
            "account_id": "%(account)s",
            "user_id": "people.id",
            "role": f"'{Role.SERVICE_USER.value}'",
            "name": "people.name",
            "email": "people.email",
            "is_pending": "true",
        },
    )
    return [
        ("people", user, "ON CONFLICT DO NOTHING RETURNING id, email, name"),
        ("members", member, ""),
    ]


def _mailboxes() -> SetInsert:
    """Belonging to the new person, or to the one who signs in with this address already. Born active, which their job
    holds back until it settles (``Mailbox.is_made``): moving thousands of them then would write every index again."""
    return insert_select(
        Mailbox,
        "picked LEFT JOIN people ON people.email = picked.address "
        "LEFT JOIN known ON known.address = picked.address ORDER BY picked.address",
        {
            "public_id": "picked.mailbox_public_id",
            "created_at": "statement_timestamp()",
            "account_id": "%(account)s",
            "subscription_id": "%(subscription)s",
            "mail_domain_id": "picked.mail_domain_id",
            "template_id": "coalesce(picked.own_template, %(default_template)s)",
            "display_name": "picked.display_name",
            "address": "picked.address",
            "quota_mb": "picked.quota_mb",
            "allows_imap": "coalesce(picked.allows_imap, picked.own_imap, %(default_imap)s)",
            "allows_pop3": "coalesce(picked.allows_pop3, picked.own_pop3, %(default_pop3)s)",
            "allows_smtp": "coalesce(picked.own_smtp, %(default_smtp)s)",
            "user_id": "coalesce(people.id, known.user_id)",
            "last_job_id": "%(job)s",
            "state": f"'{Mailbox.State.ACTIVE.value}'",
        },
    )


def _links() -> SetInsert:
    """For those who choose their password by a link. The token is made when the e-mail leaves."""
    return insert_select(
        PasswordLink,
        "picked JOIN made ON made.public_id = picked.mailbox_public_id "
        "WHERE picked.link_email <> '' AND NOT picked.has_secret",
        {
            "mailbox_id": "made.id",
            "email": "picked.link_email",
            "digest": "encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex')",
            "expires_at": "%(expires)s",
        },
    )


def _remove_people(pks: set[int]) -> None:
    """Those that were made beside a mailbox that could not be."""
    Membership.objects.filter(user__in=pks).delete()
    User.objects.filter(pk__in=pks).delete()


def _give_up(batch: MailboxImport, lost: Sequence[Wanted]) -> None:
    """Somebody was faster since the decision: the rows say so, and their places are free again."""
    domains = batch.subscription.mail_domains.filter(state=MailDomain.State.ACTIVE)
    rows = ImportRow.objects.filter(pk__in=[row.row_id for row in lost])
    gone = {"state": State.CONFLICT, "mailbox_public_id": None, "sealed_password": None}
    rows.filter(mail_domain__in=domains.values("pk")).update(message=TAKEN_MEANWHILE, **gone)
    rows.filter(state=State.CREATING).update(message=DOMAIN_GONE, **gone)
    give_back(batch.subscription_id, places_for(row.quota_mb for row in lost))
