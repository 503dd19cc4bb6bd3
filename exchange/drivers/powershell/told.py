"""What a mailbox is told beyond its own data: permissions, forwarding, automatic replies.

Each is noted in our words beside the thing itself, because Exchange tells it differently (grantees by sign-in names, a
reply as HTML of its own). The note is marked as pending before the first cmdlet and written last: whatever was
interrupted is known for it and done again, whichever way the next call wants it.
"""

from __future__ import annotations

import base64
import html
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from exchange.drivers import refusals
from exchange.drivers.base import Access, Audience, AutoReply, Forwarding, Grants, MailboxSettings, Outcome
from exchange.drivers.powershell import names, reading
from exchange.drivers.powershell.batches import tolerating
from exchange.drivers.powershell.held import Held
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.writing import difference

FOR_EVER = timedelta(days=3650)
NOTE_LENGTH = 1800
"""Of one value of an ExtensionCustomAttribute, which takes 2,048 characters."""


# Permissions ---------------------------------------------------------------------------------------------------


def set_permissions(remote: Remote, held: Held, wanted: dict[UUID, frozenset[Access]]) -> Outcome:
    before = _noted_grants(held)
    grantees = reading.held_by_id(remote, before.keys() | wanted.keys())
    for grantee in sorted(wanted):
        if grantee not in grantees:
            raise refusals.member_unknown(grantee)
    is_pending = names.PENDING in held.grant_notes
    known = {grantee: kinds for grantee, kinds in before.items() if grantee in grantees}
    if known == wanted and not is_pending:
        return Outcome.UNCHANGED
    possible = {
        key: before.get(key, frozenset()) | wanted.get(key, frozenset()) for key in before.keys() | wanted.keys()
    }
    remote.run("Set-Mailbox", Identity=held.guid, **{names.GRANTS: [*_grant_notes(possible), names.PENDING]})
    for grantee, there in grantees.items():
        for access in (Access.FULL, Access.SEND_AS):
            if access in wanted.get(grantee, ()):
                _give(remote, held, there, access)
            elif access in before.get(grantee, ()):
                _take(remote, held, there, access)
    on_behalf = difference(
        {grantees[key].guid for key in grantees if Access.SEND_ON_BEHALF in before.get(key, ())},
        {grantees[key].guid for key in grantees if Access.SEND_ON_BEHALF in wanted.get(key, ())},
    )
    changes: dict[str, Any] = {names.GRANTS: _grant_notes(wanted) or None}
    if on_behalf:
        changes["GrantSendOnBehalfTo"] = on_behalf
    remote.run("Set-Mailbox", Identity=held.guid, **changes)
    return Outcome.AMENDED


def _give(remote: Remote, held: Held, grantee: Held, access: Access) -> None:
    """Giving what is there already is only a warning to Exchange."""
    if access is Access.FULL:
        remote.run(
            "Add-MailboxPermission",
            Identity=held.guid,
            User=grantee.guid,
            AccessRights=["FullAccess"],
            InheritanceType="All",
            AutoMapping=True,
        )
    else:
        remote.run("Add-ADPermission", Identity=held.guid, User=grantee.guid, ExtendedRights=["Send As"])


def _take(remote: Remote, held: Held, grantee: Held, access: Access) -> None:
    common: dict[str, Any] = {"Identity": held.guid, "User": grantee.guid, "Confirm": False}
    if access is Access.FULL:
        given = {"AccessRights": ["FullAccess"], "InheritanceType": "All", **common}
        tolerating("is_settled", lambda: remote.run("Remove-MailboxPermission", **given))
    else:
        given = {"ExtendedRights": ["Send As"], **common}
        tolerating("is_settled", lambda: remote.run("Remove-ADPermission", **given))


def _grant_notes(grants: Grants) -> list[str]:
    return sorted(f"{grantee} {','.join(sorted(kinds))}" for grantee, kinds in grants.items())


def _noted_grants(held: Held) -> dict[UUID, frozenset[Access]]:
    pairs = (note.partition(" ") for note in held.grant_notes if note != names.PENDING)
    return {UUID(grantee): frozenset(map(Access, kinds.split(","))) for grantee, _blank, kinds in pairs}


# Forwarding ----------------------------------------------------------------------------------------------------


def set_forwarding(remote: Remote, held: Held, forwarding: Forwarding | None) -> Outcome:
    if forwarding is not None and forwarding.target == held.mailbox.address:
        raise ValueError("a mailbox cannot be forwarded to itself")
    if held.forwarding == forwarding:
        return Outcome.UNCHANGED
    remote.run(
        "Set-Mailbox",
        Identity=held.guid,
        ForwardingSmtpAddress=f"smtp:{forwarding.target}" if forwarding else None,
        DeliverToMailboxAndForward=forwarding is not None and forwarding.keeps_copy,
    )
    return Outcome.AMENDED


# Automatic reply -----------------------------------------------------------------------------------------------


def set_auto_reply(remote: Remote, held: Held, reply: AutoReply | None) -> Outcome:
    if names.PENDING not in held.reply_notes and _noted_reply(held) == reply:
        return Outcome.UNCHANGED
    remote.run("Set-Mailbox", Identity=held.guid, **{names.AUTO_REPLY: [names.PENDING]})
    remote.run("Set-MailboxAutoReplyConfiguration", Identity=held.guid, **_reply_parameters(reply))
    remote.run("Set-Mailbox", Identity=held.guid, **{names.AUTO_REPLY: _reply_notes(reply) or None})
    return Outcome.AMENDED


def _reply_parameters(reply: AutoReply | None) -> dict[str, Any]:
    """An empty message is none, which is how only one side gets an answer. The subject is Exchange's own."""
    if reply is None:
        return {"AutoReplyState": "Disabled"}
    text = html.escape(reply.text).replace("\n", "<br>")
    parameters: dict[str, Any] = {
        "AutoReplyState": "Enabled",
        "InternalMessage": "" if reply.audience is Audience.EXTERNAL else text,
        "ExternalMessage": "" if reply.audience is Audience.INTERNAL else text,
        "ExternalAudience": "None" if reply.audience is Audience.INTERNAL else "All",
    }
    if reply.starts_at or reply.ends_at:
        starts_at = reply.starts_at or datetime.now(UTC)
        ends_at = reply.ends_at or starts_at + FOR_EVER
        parameters |= {"AutoReplyState": "Scheduled", "StartTime": starts_at, "EndTime": ends_at}
    return parameters


def _reply_notes(reply: AutoReply | None) -> list[str]:
    """In numbered pieces: the values of an attribute have no order."""
    if reply is None:
        return []
    said = {
        "subject": reply.subject,
        "text": reply.text,
        "audience": reply.audience,
        "starts_at": reply.starts_at.isoformat() if reply.starts_at else None,
        "ends_at": reply.ends_at.isoformat() if reply.ends_at else None,
        "internal_domains": sorted(reply.internal_domains),
    }
    packed = base64.b64encode(zlib.compress(json.dumps(said).encode())).decode()
    starts = range(0, len(packed), NOTE_LENGTH)
    return [f"{number:03} {packed[start : start + NOTE_LENGTH]}" for number, start in enumerate(starts)]


def _noted_reply(held: Held) -> AutoReply | None:
    pieces = sorted(note for note in held.reply_notes if note != names.PENDING)
    if not pieces:
        return None
    said = json.loads(zlib.decompress(base64.b64decode("".join(piece[4:] for piece in pieces))))
    times = {key: datetime.fromisoformat(said[key]) if said[key] else None for key in ("starts_at", "ends_at")}
    return AutoReply(
        said["subject"],
        said["text"],
        Audience(said["audience"]),
        times["starts_at"],
        times["ends_at"],
        frozenset(said["internal_domains"]),
    )


# Reading -------------------------------------------------------------------------------------------------------


def settings_of(remote: Remote, ids: Iterable[UUID]) -> Mapping[UUID, MailboxSettings]:
    """A grantee that was purged since is left out."""
    known = reading.held_by_id(remote, ids)
    noted = {key: _noted_grants(held) for key, held in known.items()}
    there = reading.held_by_id(remote, {grantee for grants in noted.values() for grantee in grants})
    return {
        key: MailboxSettings(
            {grantee: kinds for grantee, kinds in noted[key].items() if grantee in there},
            held.forwarding,
            _noted_reply(held),
        )
        for key, held in known.items()
    }
