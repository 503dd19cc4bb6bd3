"""What the registry answers, as elements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from domains.sandbox.refusal import MESSAGES, Refusal
from domains.sandbox.state import OK, Contact, Domain, Host, Message
from domains.sandbox.xml import EPP, EXTENSIONS, OBJECTS, moment, node

DONE, PENDING, NO_MESSAGES, MESSAGE_WAITS, GOODBYE = 1000, 1001, 1300, 1301, 1500
SUCCESSES = {
    DONE: "Command completed successfully",
    PENDING: "Command completed successfully; action pending",
    NO_MESSAGES: "Command completed successfully; no messages",
    MESSAGE_WAITS: "Command completed successfully; ack to dequeue",
    GOODBYE: "Command completed successfully; ending session",
}


def epp(*children: etree._Element | None) -> etree._Element:
    root = etree.Element(f"{{{EPP}}}epp", nsmap={None: EPP})  # type: ignore[dict-item]
    root.extend([child for child in children if child is not None])
    return root


def greeting(now: datetime) -> etree._Element:
    """RFC 5730, 2.4."""
    menu = node(
        "svcMenu",
        node("version", "1.0"),
        node("lang", "en"),
        *[node("objURI", uri) for uri in OBJECTS],
        node("svcExtension", *[node("extURI", uri) for uri in EXTENSIONS]),
    )
    policy = node(
        "dcp",
        node("access", node("all")),
        node(
            "statement",
            node("purpose", node("admin"), node("prov")),
            node("recipient", node("ours"), node("public")),
            node("retention", node("stated")),
        ),
    )
    return epp(node("greeting", node("svID", "Registro de pruebas"), node("svDate", moment(now)), menu, policy))


def response(
    code: int,
    *,
    svtrid: str,
    cltrid: str = "",
    data: etree._Element | None = None,
    extensions: Sequence[etree._Element] = (),
    queue: etree._Element | None = None,
    reason: str = "",
) -> etree._Element:
    """RFC 5730, 2.6."""
    result = node("result", node("msg", SUCCESSES.get(code) or MESSAGES[code]), code=str(code))
    if reason:
        result.append(node("extValue", node("value", node("undef")), node("reason", reason)))
    ids = node("trID", node("clTRID", cltrid) if cltrid else None, node("svTRID", svtrid))
    parts = [
        result,
        queue,
        node("resData", data) if data is not None else None,
        node("extension", *extensions) if extensions else None,
        ids,
    ]
    return epp(node("response", *parts))


def refusal(error: Refusal, *, svtrid: str, cltrid: str = "") -> etree._Element:
    return response(error.code, svtrid=svtrid, cltrid=cltrid, reason=error.reason)


def availability(kind: str, key: str, found: dict[str, str]) -> etree._Element:
    """``found``: name → why it is not available, empty when it is."""
    entries = []
    for name, reason in found.items():
        entry = node(f"{kind}:cd", node(f"{kind}:{key}", name, avail="0" if reason else "1"))
        if reason:
            entry.append(node(f"{kind}:reason", reason))
        entries.append(entry)
    return node(f"{kind}:chkData", *entries)


def domain_created(domain: Domain) -> etree._Element:
    return node(
        "domain:creData",
        node("domain:name", domain.name),
        node("domain:crDate", moment(domain.created_at)),
        node("domain:exDate", moment(domain.expires_at)),
    )


def domain_renewed(domain: Domain) -> etree._Element:
    return node("domain:renData", node("domain:name", domain.name), node("domain:exDate", moment(domain.expires_at)))


def statuses_of(domain: Domain) -> list[str]:
    found = sorted(domain.statuses)
    if domain.is_deleted:
        return [*found, "pendingDelete"]
    if domain.transfer and domain.transfer.status == "pending":
        found.append("pendingTransfer")
    if not domain.nameservers:
        found.append("inactive")
    return found or [OK]


def domain_info(domain: Domain, hosts: list[str], *, shows_secret: bool) -> etree._Element:
    """RFC 5731, 3.1.2. ``hosts`` are those below it."""
    return node(
        "domain:infData",
        node("domain:name", domain.name),
        node("domain:roid", domain.roid),
        *[node("domain:status", s=status) for status in statuses_of(domain)],
        node("domain:registrant", domain.registrant),
        *[
            node("domain:contact", handle, type=role)
            for role, handles in sorted(domain.contacts.items())
            for handle in handles
        ],
        node("domain:ns", *[node("domain:hostObj", host) for host in domain.nameservers])
        if domain.nameservers
        else None,
        *[node("domain:host", host) for host in hosts],
        node("domain:clID", domain.sponsor),
        node("domain:crID", domain.creator),
        node("domain:crDate", moment(domain.created_at)),
        *_when("domain", "upDate", domain.updated_at, by="upID", who=domain.sponsor),
        node("domain:exDate", moment(domain.expires_at)),
        node("domain:trDate", moment(domain.transferred_at)) if domain.transferred_at else None,
        node("domain:authInfo", node("domain:pw", domain.auth_code)) if shows_secret else None,
    )


def domain_extension(domain: Domain) -> list[etree._Element]:
    found = []
    if domain.ds:
        records = [
            node(
                "secDNS:dsData",
                node("secDNS:keyTag", tag),
                node("secDNS:alg", algorithm),
                node("secDNS:digestType", kind),
                node("secDNS:digest", digest),
            )
            for tag, algorithm, kind, digest in domain.ds
        ]
        found.append(node("secDNS:infData", *records))
    if domain.is_deleted:
        found.append(node("rgp:infData", node("rgp:rgpStatus", s="redemptionPeriod")))
    return found


def transfer_data(domain: Domain) -> etree._Element:
    """RFC 5731, 3.1.3."""
    transfer = domain.transfer
    assert transfer is not None
    return _transfer(domain.name, vars(transfer) | {"expires_at": domain.expires_at})


def _transfer(name: str, about: dict[str, Any]) -> etree._Element:
    return node(
        "domain:trnData",
        node("domain:name", name),
        node("domain:trStatus", about["status"]),
        node("domain:reID", about["gainer"]),
        node("domain:reDate", moment(about["asked_at"])),
        node("domain:acID", about["loser"]),
        node("domain:acDate", moment(about["done_at"] or about["act_by"])),
        node("domain:exDate", moment(about["expires_at"])) if about["expires_at"] else None,
    )


def message_queue(message: Message, count: int) -> etree._Element:
    return node(
        "msgQ",
        node("qDate", moment(message.at)),
        node("msg", message.text),
        count=str(count),
        id=message.id,
    )


def message_data(message: Message) -> etree._Element | None:
    return _transfer(message.domain, message.transfer) if message.transfer else None


def contact_info(contact: Contact, *, is_linked: bool, shows_secret: bool) -> etree._Element:
    """RFC 5733, 3.1.2."""
    statuses = sorted(contact.statuses) or [OK]
    statuses += ["linked"] if is_linked else []
    return node(
        "contact:infData",
        node("contact:id", contact.id),
        node("contact:roid", contact.roid),
        *[node("contact:status", s=status) for status in statuses],
        *[_postal(kind, parts) for kind, parts in sorted(contact.postal.items())],
        node("contact:voice", contact.voice) if contact.voice else None,
        node("contact:fax", contact.fax) if contact.fax else None,
        node("contact:email", contact.email),
        node("contact:clID", contact.sponsor),
        node("contact:crID", contact.creator),
        node("contact:crDate", moment(contact.created_at)),
        *_when("contact", "upDate", contact.updated_at, by="upID", who=contact.sponsor),
        node("contact:authInfo", node("contact:pw", contact.auth_code)) if shows_secret else None,
    )


def _postal(kind: str, parts: dict[str, Any]) -> etree._Element:
    address = node(
        "contact:addr",
        *[node("contact:street", line) for line in parts["street"]],
        node("contact:city", parts["city"]),
        node("contact:sp", parts["sp"]) if parts["sp"] else None,
        node("contact:pc", parts["pc"]) if parts["pc"] else None,
        node("contact:cc", parts["cc"]),
    )
    organisation = node("contact:org", parts["org"]) if parts["org"] else None
    return node("contact:postalInfo", node("contact:name", parts["name"]), organisation, address, type=kind)


def host_info(host: Host, *, is_linked: bool) -> etree._Element:
    """RFC 5732, 3.1.2."""
    statuses = sorted(host.statuses) or [OK]
    statuses += ["linked"] if is_linked else []
    return node(
        "host:infData",
        node("host:name", host.name),
        node("host:roid", host.roid),
        *[node("host:status", s=status) for status in statuses],
        *[node("host:addr", address, ip="v6" if ":" in address else "v4") for address in host.addresses],
        node("host:clID", host.sponsor),
        node("host:crID", host.creator),
        node("host:crDate", moment(host.created_at)),
        *_when("host", "upDate", host.updated_at, by="upID", who=host.sponsor),
    )


def created(kind: str, key: str, name: str, at: datetime) -> etree._Element:
    return node(f"{kind}:creData", node(f"{kind}:{key}", name), node(f"{kind}:crDate", moment(at)))


def _when(kind: str, tag: str, at: datetime | None, *, by: str, who: str) -> list[etree._Element]:
    return [node(f"{kind}:{by}", who), node(f"{kind}:{tag}", moment(at))] if at else []
