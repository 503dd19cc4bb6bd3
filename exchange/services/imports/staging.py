"""Rows become mailboxes, two thousand in one transaction: places of the plan, service users, jobs, secrets, links and log
lines with them, all in sets. The jobs then do the rest (``exchange.create_mailbox``).

Whatever cannot be is said in its row: the address was taken meanwhile, the domain is gone, the plan is full. The lock of the
plan's rows lets one chunk of a subscription through at a time, so two imports never overdraw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import Membership, Role, User
from accounts.services.people import UNUSABLE
from cloudpanel.core.set_insert import SetInsert, insert_select
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import jobs_from, ring_after_commit
from exchange.models import ImportRow, Mailbox, MailboxImport, MailDomain, PasswordLink
from exchange.models.drafts import LINK_LIFE
from exchange.services.capacity import MAILBOXES, MB_PER_GB, STORAGE_GB, places_for, take
from exchange.services.templates import USUAL_QUOTA_MB

CHUNK = 2000
NO_LIMIT = 2_000_000_000
State = ImportRow.State
TAKEN_MEANWHILE = gettext_noop("Otra persona u otra importación ocupó esta dirección mientras tanto.")
DOMAIN_GONE = gettext_noop("El dominio de esta dirección ya no está activo en la suscripción.")
NO_PLACE = gettext_noop("Su plan ya no tiene lugar para este buzón: contrate más y reintente, o use un tamaño menor.")

_ROOM = """
SELECT resource, included - used FROM marketplace_subscriptionresource
WHERE subscription_id = %s ORDER BY id FOR UPDATE
"""

# Decides about the next rows in the order of the file. A row takes its place only when it can be made at all.
_DECIDE = """
WITH next AS (
    SELECT row.id, row.number, row.address, row.mail_domain_id,
           coalesce(row.quota_mb, own.quota_mb, %(quota)s) AS quota_mb
    FROM exchange_importrow row
    LEFT JOIN exchange_mailboxtemplate own ON own.id = coalesce(%(template)s, row.template_id)
         AND own.subscription_id = %(subscription)s
    WHERE row.batch_id = %(batch)s AND row.state = %(ready)s ORDER BY row.number LIMIT %(chunk)s
), judged AS (
    SELECT next.*, CASE
        WHEN EXISTS (SELECT 1 FROM exchange_mailbox m WHERE m.address = next.address AND m.state <> 'terminated')
          OR EXISTS (SELECT 1 FROM exchange_mailboxalias a WHERE a.address = next.address) THEN %(taken_message)s
        WHEN next.mail_domain_id <> ALL(%(domains)s) THEN %(domain_message)s ELSE '' END AS refusal
    FROM next
), summed AS (
    SELECT judged.*,
        count(*) FILTER (WHERE refusal = '') OVER in_order AS boxes,
        sum(ceil(quota_mb / %(mb_per_gb)s::numeric)) FILTER (WHERE refusal = '') OVER in_order AS gigabytes
    FROM judged WINDOW in_order AS (ORDER BY number)
), decided AS (
    SELECT *, CASE WHEN refusal <> '' THEN %(conflict)s
                   WHEN boxes > %(free_boxes)s OR gigabytes > %(free_gigabytes)s THEN %(no_room)s
                   ELSE %(creating)s END AS state
    FROM summed
)
UPDATE exchange_importrow row SET
    state = decided.state,
    message = CASE WHEN decided.state = %(no_room)s THEN %(room_message)s ELSE decided.refusal END,
    sealed_password = CASE WHEN decided.state = %(creating)s THEN row.sealed_password END,
    mailbox_public_id = CASE WHEN decided.state = %(creating)s THEN gen_random_uuid() END,
    quota_mb = CASE WHEN decided.state = %(creating)s THEN decided.quota_mb ELSE row.quota_mb END
FROM decided WHERE row.id = decided.id
RETURNING row.id, row.state
"""

# What the next statement makes things of: read once, so that all that follows joins small sets and nothing else. Nested
# loops are off for it: the planner knows nothing of sets that a statement makes itself, and would try each with each.
_PICKED = """
picked AS MATERIALIZED (
    SELECT row.*, own.id AS own_template, own.allows_imap AS own_imap, own.allows_pop3 AS own_pop3,
           'exchange.mailbox:' || row.mailbox_public_id AS lock_key,
           (%(uses_passwords)s AND row.sealed_password IS NOT NULL) AS has_secret
    FROM exchange_importrow row
    LEFT JOIN exchange_mailboxtemplate own
      ON own.id = coalesce(%(template)s, row.template_id) AND own.subscription_id = %(subscription)s
    WHERE row.id = ANY(%(ids)s)
), known AS MATERIALIZED (
    SELECT * FROM unnest(%(known_addresses)s::text[], %(known_users)s::bigint[]) AS pairs (address, user_id)
)
"""

# People of the account who sign in with one of these addresses and have no mailbox yet.
_KNOWN = """
SELECT lower(person.email), person.id FROM accounts_user person
JOIN accounts_membership member ON member.user_id = person.id AND member.account_id = %(account)s
WHERE lower(person.email) = ANY(%(addresses)s) AND member.is_active AND person.is_active
  AND NOT EXISTS (SELECT 1 FROM exchange_mailbox other WHERE other.account_id = %(account)s
                    AND other.user_id = person.id AND other.state <> 'terminated' AND other.deleted_at IS NULL)
"""

_FORGET = """
UPDATE exchange_importrow row SET sealed_password = NULL, made_user_id = made.user_id
FROM unnest(%s::bigint[], %s::bigint[]) AS made (row_id, user_id) WHERE row.id = made.row_id
"""


def stage_chunk(batch: MailboxImport, actor: Actor) -> int:
    """The next rows, in the caller's transaction. Gives how many were decided about; 0 at the end."""
    decided = _decide(batch)
    ids = [pk for pk, state in decided if state == State.CREATING]
    if ids:
        made = _make(batch, actor, ids)
        if len(made) < len(ids):
            _give_up(batch, ids, made)
        _take_places(batch, made)
        log_actions(
            build_entry(
                actor=actor,
                account=batch.account_id,
                action="exchange.mailbox.created",
                target=mailbox,
                after={"display_name": mailbox.display_name, "quota_mb": mailbox.quota_mb, "import": batch.filename},
            )
            for mailbox in made
        )
    return len(decided)


def _decide(batch: MailboxImport) -> list[tuple[int, int]]:
    subscription = batch.subscription
    with connection.cursor() as cursor:
        cursor.execute(_ROOM, [subscription.pk])
        room = dict(cursor.fetchall())
        domains = subscription.mail_domains.filter(state=MailDomain.State.ACTIVE)
        values: dict[str, Any] = {
            "batch": batch.pk,
            "subscription": subscription.pk,
            "template": batch.template_id,
            "quota": _default_template(batch)["quota_mb"],
            "domains": list(domains.values_list("pk", flat=True)),
            "chunk": CHUNK,
            "mb_per_gb": MB_PER_GB,
            "free_boxes": room.get(MAILBOXES, NO_LIMIT),
            "free_gigabytes": room.get(STORAGE_GB, NO_LIMIT),
            "ready": State.READY.value,
            "creating": State.CREATING.value,
            "conflict": State.CONFLICT.value,
            "no_room": State.NO_ROOM.value,
            "taken_message": TAKEN_MEANWHILE,
            "domain_message": DOMAIN_GONE,
            "room_message": NO_PLACE,
        }
        cursor.execute(_DECIDE, values)
        return list(cursor.fetchall())


def _default_template(batch: MailboxImport) -> dict[str, Any]:
    names = ("pk", "quota_mb", "allows_imap", "allows_pop3")
    found = batch.subscription.mailbox_templates.order_by("-is_default", "pk").values(*names).first()
    return found or {"pk": None, "quota_mb": USUAL_QUOTA_MB, "allows_imap": True, "allows_pop3": True}


def _make(batch: MailboxImport, actor: Actor, ids: Sequence[int]) -> list[Mailbox]:
    """One statement: people, memberships, jobs, secrets, mailboxes, links."""
    parts = [
        *_people(),
        ("jobs", _jobs(batch, actor), "RETURNING id, lock_key"),
        ("secrets", _secrets(), ""),
        ("made", _mailboxes(), "ON CONFLICT DO NOTHING RETURNING id, public_id, address, display_name, quota_mb"),
        ("links", _links(), ""),
    ]
    statement = "SET LOCAL enable_nestloop = off; WITH " + _PICKED
    statement += "".join(f", {name} AS ({insert.sql} {ending})" for name, insert, ending in parts)
    statement += """ SELECT made.public_id, made.address, made.display_name, made.quota_mb, picked.id, people.id, first.job
        FROM picked LEFT JOIN made ON made.public_id = picked.mailbox_public_id
        LEFT JOIN people ON people.email = picked.address, (SELECT min(id) AS job FROM jobs) AS first"""
    values = _values(batch, ids)
    for _name, insert, _ending in parts:
        values |= insert.values
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(_FORGET, [[row[4] for row in rows], [row[5] for row in rows]])
    ring_after_commit(rows[0][6])
    return [
        Mailbox(public_id=public_id, address=address, display_name=name, quota_mb=quota)
        for public_id, address, name, quota, *_others in rows
        if public_id is not None
    ]


def _values(batch: MailboxImport, ids: Sequence[int]) -> dict[str, Any]:
    default, known = _default_template(batch), _known(batch, ids)
    return {
        "ids": list(ids),
        "known_addresses": list(known),
        "known_users": list(known.values()),
        "account": batch.account_id,
        "subscription": batch.subscription_id,
        "template": batch.template_id,
        "default_template": default["pk"],
        "default_imap": default["allows_imap"],
        "default_pop3": default["allows_pop3"],
        "language": batch.account.language,
        "expires": timezone.now() + LINK_LIFE,
        "uses_passwords": batch.password_by == MailboxImport.PasswordBy.FILE,
        "makes_users": batch.makes_users,
    }


def _known(batch: MailboxImport, ids: Sequence[int]) -> dict[str, int]:
    if not batch.makes_users:
        return {}
    addresses = list(ImportRow.objects.filter(pk__in=ids).values_list("address", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"account": batch.account_id, "addresses": addresses})
        return dict(cursor.fetchall())


def _people() -> list[tuple[str, SetInsert, str]]:
    """New service users; whoever signs in with such an address already is not made again."""
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


def _jobs(batch: MailboxImport, actor: Actor) -> SetInsert:
    return jobs_from(
        actor=actor,
        account=batch.account,
        operation="exchange.create_mailbox",
        source="picked ORDER BY picked.number",
        lock_key="picked.lock_key",
        params="jsonb_build_object('mailbox', picked.mailbox_public_id, 'batch', picked.batch_id)",
        has_secret="picked.has_secret",  # noqa: S106 - SQL
    )


def _secrets() -> SetInsert:
    """As they are: encrypted already, in the form that a job keeps."""
    return SetInsert(
        "INSERT INTO provisioning_jobsecret (job_id, payload) SELECT jobs.id, picked.sealed_password "
        "FROM picked JOIN jobs ON jobs.lock_key = picked.lock_key WHERE picked.has_secret"
    )


def _mailboxes() -> SetInsert:
    """Belonging to the new person, or to the one who signs in with this address already."""
    return insert_select(
        Mailbox,
        "picked JOIN jobs ON jobs.lock_key = picked.lock_key LEFT JOIN people ON people.email = picked.address "
        "LEFT JOIN known ON known.address = picked.address ORDER BY picked.address",
        {
            "public_id": "picked.mailbox_public_id",
            "account_id": "%(account)s",
            "subscription_id": "%(subscription)s",
            "mail_domain_id": "picked.mail_domain_id",
            "template_id": "coalesce(picked.own_template, %(default_template)s)",
            "display_name": "picked.display_name",
            "address": "picked.address",
            "quota_mb": "picked.quota_mb",
            "allows_imap": "coalesce(picked.allows_imap, picked.own_imap, %(default_imap)s)",
            "allows_pop3": "coalesce(picked.allows_pop3, picked.own_pop3, %(default_pop3)s)",
            "user_id": "coalesce(people.id, known.user_id)",
            "last_job_id": "jobs.id",
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


def _give_up(batch: MailboxImport, ids: Sequence[int], made: Sequence[Mailbox]) -> None:
    """Somebody was faster by the blink of an eye: what was made beside a mailbox that could not be goes again."""
    lost = ImportRow.objects.filter(pk__in=ids).exclude(mailbox_public_id__in=[mailbox.public_id for mailbox in made])
    rows = list(lost.values_list("mailbox_public_id", "made_user_id"))
    Job.objects.filter(lock_key__in=[f"exchange.mailbox:{public_id}" for public_id, _user in rows]).delete()
    people = [user for _public_id, user in rows if user]
    Membership.objects.filter(user__in=people).delete()
    User.objects.filter(pk__in=people).delete()
    lost.update(state=State.CONFLICT, message=TAKEN_MEANWHILE, mailbox_public_id=None, made_user=None)


def _take_places(batch: MailboxImport, made: Sequence[Mailbox]) -> None:
    """The lock is ours since the decision, so it cannot be too much."""
    take(batch.subscription, places_for(mailbox.quota_mb for mailbox in made))
