"""Answers of epptools as records of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from epptools.response import Response

from domains.drivers.base import DomainRecord, DsRecord, Message, TransferRecord, TransferStatus

_STATUSES = {
    "pending": TransferStatus.PENDING,
    "clientApproved": TransferStatus.APPROVED,
    "serverApproved": TransferStatus.APPROVED,
    "clientRejected": TransferStatus.REJECTED,
    "clientCancelled": TransferStatus.CANCELLED,
    "serverCancelled": TransferStatus.CANCELLED,
}


def moment(text: str | None) -> datetime | None:
    """``2026-11-22T18:00:00.0Z``; a time without a zone is UTC (RFC 5730, 2.3)."""
    if not text:
        return None
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def domain_record(answer: Response, registrar: str) -> DomainRecord:
    is_ours = answer.sponsor() == registrar
    return DomainRecord(
        name=answer.object_name() or "",
        is_ours=is_ours,
        registrant=answer.registrant() or "",
        created_at=moment(answer.created_date()),
        expires_at=moment(answer.expiry_date()),
        statuses=frozenset(answer.statuses()),
        nameservers=tuple(sorted(answer.nameservers())),
        ds_records=tuple(ds_records(answer.ds_records())),
        is_in_redemption=bool({"redemptionPeriod", "pendingDelete"} & {*answer.rgp_status(), *answer.statuses()}),
        auth_code=answer.auth_info() or "",
        transferred_at=moment(answer.transfer_date()),
    )


def ds_records(found: Iterable[Mapping[str, Any]]) -> Iterable[DsRecord]:
    for each in found:
        yield DsRecord(int(each["keyTag"]), int(each["alg"]), int(each["digestType"]), str(each["digest"]).upper())


def transfer_record(name: str, data: Mapping[str, str] | None) -> TransferRecord:
    if not data:
        return TransferRecord(name, TransferStatus.NONE)
    return TransferRecord(
        name=name,
        status=_STATUSES.get(str(data.get("status") or ""), TransferStatus.NONE),
        asked_at=moment(data.get("requested_at")),
        act_by=moment(data.get("act_by")),
    )


def message(answer: Response) -> Message:
    transfer = answer.transfer()
    name = (answer.object_name() or "") if transfer else ""
    return Message(
        id=answer.message_id() or "",
        at=moment(answer.queue_date()),
        text=answer.queue_message() or answer.message() or "",
        name=name,
        transfer=transfer_record(name, transfer) if transfer else None,
    )
