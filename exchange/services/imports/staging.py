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
    SELECT row.number, row.address, row.mail_domain_id,
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
FROM decided WHERE row.batch_id = %(batch)s AND row.number = decided.number
RETURNING row.id, row.state
"""

_SOURCE = "exchange_importrow row JOIN picked ON picked.id = row.id"
_JOB_OF_ROW = "JOIN jobs ON jobs.lock_key = 'exchange.mailbox:' || row.mailbox_public_id"


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
    default = _default_template(batch)
    parts = [
        *_people(batch),
        ("jobs", _jobs(batch, actor), "RETURNING id, lock_key"),
        ("secrets", _secrets(batch), ""),
        ("made", _mailboxes(batch), "ON CONFLICT DO NOTHING RETURNING id, public_id, address, display_name, quota_mb"),
        ("links", _links(batch), ""),
        ("noted", _noted(), ""),
    ]
    statement = "WITH picked AS (SELECT unnest(%(ids)s::bigint[]) AS id), "
    statement += ", ".join(f"{name} AS ({insert.sql} {ending})" for name, insert, ending in parts)
    statement += (
        " SELECT made.public_id, made.address, made.display_name, made.quota_mb, (SELECT min(id) FROM jobs) FROM made"
    )
    values: dict[str, Any] = {
        "ids": list(ids),
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
    for _name, insert, _ending in parts:
        values |= insert.values
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    if rows:
        ring_after_commit(rows[0][4])
    return [
        Mailbox(public_id=public_id, address=address, display_name=name, quota_mb=quota)
        for public_id, address, name, quota, _job in rows
    ]


def _people(batch: MailboxImport) -> list[tuple[str, SetInsert, str]]:
    """New service users; whoever signs in with such an address already is not made again."""
    source = f"{_SOURCE} WHERE %(makes_users)s"
    user = insert_select(
        User,
        source,
        {
            "public_id": "gen_random_uuid()",
            "email": "row.address",
            "name": "row.display_name",
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
        source=f"{_SOURCE} ORDER BY row.number",
        lock_key="'exchange.mailbox:' || row.mailbox_public_id",
        params="jsonb_build_object('mailbox', row.mailbox_public_id, 'batch', row.batch_id)",
        has_secret="(%(uses_passwords)s AND row.sealed_password IS NOT NULL)",  # noqa: S106 - SQL
    )


def _secrets(batch: MailboxImport) -> SetInsert:
    """As they are: encrypted already, in the form that a job keeps."""
    return SetInsert(
        "INSERT INTO provisioning_jobsecret (job_id, payload) SELECT jobs.id, row.sealed_password "  # noqa: S608
        f"FROM {_SOURCE} {_JOB_OF_ROW} "
        "WHERE %(uses_passwords)s AND row.sealed_password IS NOT NULL"
    )


def _mailboxes(batch: MailboxImport) -> SetInsert:
    """Belonging to the new person, or to one of the account who signs in with this address and has no mailbox yet."""
    source = f"""{_SOURCE}
        {_JOB_OF_ROW}
        LEFT JOIN exchange_mailboxtemplate own
          ON own.id = coalesce(%(template)s, row.template_id) AND own.subscription_id = %(subscription)s
        LEFT JOIN people ON people.email = row.address
        LEFT JOIN LATERAL (
            SELECT person.id FROM accounts_user person
            JOIN accounts_membership member ON member.user_id = person.id AND member.account_id = %(account)s
            WHERE %(makes_users)s AND lower(person.email) = row.address AND member.is_active AND person.is_active
              AND NOT EXISTS (SELECT 1 FROM exchange_mailbox other
                              WHERE other.account_id = %(account)s AND other.user_id = person.id
                                AND other.state <> 'terminated' AND other.deleted_at IS NULL)
        ) AS known ON people.id IS NULL
        ORDER BY row.address"""  # noqa: S608 - SQL of ours
    return insert_select(
        Mailbox,
        source,
        {
            "public_id": "row.mailbox_public_id",
            "account_id": "%(account)s",
            "subscription_id": "%(subscription)s",
            "mail_domain_id": "row.mail_domain_id",
            "template_id": "coalesce(own.id, %(default_template)s)",
            "display_name": "row.display_name",
            "address": "row.address",
            "quota_mb": "row.quota_mb",
            "allows_imap": "coalesce(row.allows_imap, own.allows_imap, %(default_imap)s)",
            "allows_pop3": "coalesce(row.allows_pop3, own.allows_pop3, %(default_pop3)s)",
            "user_id": "coalesce(people.id, known.id)",
            "last_job_id": "jobs.id",
        },
    )


def _links(batch: MailboxImport) -> SetInsert:
    """For those who choose their password by a link. The token is made when the e-mail leaves."""
    return insert_select(
        PasswordLink,
        f"{_SOURCE} JOIN made ON made.public_id = row.mailbox_public_id "
        "WHERE row.link_email <> '' AND NOT (%(uses_passwords)s AND row.sealed_password IS NOT NULL)",
        {
            "mailbox_id": "made.id",
            "email": "row.link_email",
            "digest": "encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex')",
            "expires_at": "%(expires)s",
        },
    )


def _noted() -> SetInsert:
    """The draft forgets the password, and remembers whom it made."""
    return SetInsert(
        "UPDATE exchange_importrow row SET sealed_password = NULL, made_user_id = people.id "
        "FROM picked LEFT JOIN exchange_importrow same ON same.id = picked.id "
        "LEFT JOIN people ON people.email = same.address WHERE row.id = picked.id"
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
