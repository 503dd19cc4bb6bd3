"""One session: reads a command, lets the registry carry it out, writes the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lxml import etree

from domains.sandbox import answers
from domains.sandbox.refusal import Refusal
from domains.sandbox.registry import Registry
from domains.sandbox.state import Contact, Domain, Registrar
from domains.sandbox.xml import DOMAIN, EPP, EXTENSIONS, OBJECTS, find, find_all, parse, text, texts

TRANSFORMS = frozenset({"create", "delete", "renew", "transfer", "update"})
MOST_TRIES = 3


@dataclass
class Reply:
    """``ends`` closes the connection afterwards. ``verb`` and ``name`` are for the fault injection and the log."""

    xml: etree._Element
    ends: bool = False
    verb: str = ""
    name: str = ""


@dataclass
class Answer:
    code: int = answers.DONE
    data: etree._Element | None = None
    extensions: list[etree._Element] = field(default_factory=list)
    queue: etree._Element | None = None


@dataclass
class Session:
    registry: Registry
    registrar: Registrar | None = None
    failures: int = 0

    def greeting(self) -> etree._Element:
        return answers.greeting(self.registry.clock())

    def answer(self, frame: bytes) -> Reply:
        svtrid = f"SV-{self.registry.state.next_number():010d}"
        cltrid = ""
        try:
            root = parse(frame)
            if find(root, "hello") is not None:
                return Reply(self.greeting(), verb="hello")
            command = find(root, "command")
            if command is None:
                raise Refusal(2000, "only hello and commands are answered")
            cltrid = text(command, "clTRID")
            return self._carry_out(command, cltrid, svtrid)
        except Refusal as refusal:
            ends = refusal.code >= 2500
            return Reply(answers.refusal(refusal, svtrid=svtrid, cltrid=cltrid), ends=ends)

    def _carry_out(self, command: etree._Element, cltrid: str, svtrid: str) -> Reply:
        body = command[0]
        verb = etree.QName(body).localname
        if verb == "login":
            return self._login(body, cltrid, svtrid)
        if self.registrar is None:
            raise Refusal(2002, "sign in first")
        if verb == "logout":
            return Reply(answers.response(answers.GOODBYE, svtrid=svtrid, cltrid=cltrid), ends=True, verb=verb)
        if verb == "poll":
            found = self._poll(body)
            return Reply(_response(found, svtrid, cltrid), verb=verb)
        thing = body[0]
        space, kind = etree.QName(thing).namespace, etree.QName(thing).localname
        if space not in OBJECTS or kind != verb:
            raise Refusal(2307 if space not in OBJECTS else 2001, str(space))
        handler: Callable[[Registrar, etree._Element, etree._Element], Answer] | None = HANDLERS.get(
            (verb, _prefix(space))
        )
        if handler is None:
            raise Refusal(2101, f"{verb} of {space}")
        is_change = verb in TRANSFORMS and body.get("op") != "query"
        if is_change:
            self.registry.note_transaction(self.registrar, cltrid)
        found = handler(self, thing, command)  # type: ignore[arg-type,call-arg]
        return Reply(_response(found, svtrid, cltrid), verb=verb, name=_named(thing))

    def _login(self, body: etree._Element, cltrid: str, svtrid: str) -> Reply:
        if self.registrar is not None:
            raise Refusal(2002, "already signed in")
        unknown = {*texts(body, "svcs/objURI")} - {*OBJECTS} | {*texts(body, "svcs/svcExtension/extURI")} - {
            *EXTENSIONS
        }
        if unknown:
            raise Refusal(2103, ", ".join(sorted(unknown)))
        try:
            self.registrar = self.registry.sign_in(text(body, "clID"), text(body, "pw"), text(body, "newPW"))
        except Refusal:
            self.failures += 1
            if self.failures >= MOST_TRIES:
                raise Refusal(2501) from None
            raise
        return Reply(answers.response(answers.DONE, svtrid=svtrid, cltrid=cltrid), verb="login")

    def _poll(self, body: etree._Element) -> Answer:
        assert self.registrar is not None
        self.registry.age()
        if body.get("op") == "ack":
            self.registry.acknowledge(self.registrar, body.get("msgID") or "")
        waiting = self.registrar.messages
        if not waiting:
            return Answer(answers.NO_MESSAGES)
        if body.get("op") == "ack":
            queue = etree.Element(f"{{{EPP}}}msgQ", {"count": str(len(waiting)), "id": waiting[0].id})
            return Answer(queue=queue)
        message = waiting[0]
        return Answer(
            answers.MESSAGE_WAITS,
            data=answers.message_data(message),
            queue=answers.message_queue(message, len(waiting)),
        )

    # --- domain:* ---------------------------------------------------------------------------------------------
    def check_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        found = {name: self.registry.availability(name) for name in texts(thing, "domain:name")}
        return Answer(data=answers.availability("domain", "name", found))

    def info_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        code = find(thing, "domain:authInfo/domain:pw")
        auth_code = None if code is None else text(code)
        domain = self.registry.see_domain(self._me, text(thing, "domain:name"), auth_code)
        return self._domain(domain, shows_secret=domain.sponsor == self._me.id)

    def _domain(self, domain: Domain, *, shows_secret: bool) -> Answer:
        below = [host for host in self.registry.state.hosts if host.endswith(f".{domain.name}")]
        data = answers.domain_info(domain, below, shows_secret=shows_secret)
        return Answer(data=data, extensions=answers.domain_extension(domain))

    def create_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        domain = self.registry.create_domain(
            self._me,
            text(thing, "domain:name"),
            years=_years(thing),
            registrant=text(thing, "domain:registrant"),
            contacts=_contacts(thing),
            nameservers=texts(thing, "domain:ns/domain:hostObj"),
            auth_code=text(thing, "domain:authInfo/domain:pw"),
            ds=_ds(find(command, "extension/secDNS:create")),
        )
        return Answer(data=answers.domain_created(domain))

    def renew_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        expires = text(thing, "domain:curExpDate")
        domain = self.registry.renew_domain(
            self._me, text(thing, "domain:name"), expires_on=expires, years=_years(thing)
        )
        return Answer(data=answers.domain_renewed(domain))

    def delete_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        self.registry.delete_domain(self._me, text(thing, "domain:name"))
        return Answer(answers.PENDING)

    def update_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        name = text(thing, "domain:name")
        if find(command, "extension/rgp:update/rgp:restore") is not None:
            self.registry.restore_domain(self._me, name)
            return Answer()
        code = find(thing, "domain:chg/domain:authInfo/domain:pw")
        self.registry.update_domain(
            self._me,
            name,
            add_ns=texts(thing, "domain:add/domain:ns/domain:hostObj"),
            remove_ns=texts(thing, "domain:rem/domain:ns/domain:hostObj"),
            add_statuses=_statuses(thing, "domain:add/domain:status"),
            remove_statuses=_statuses(thing, "domain:rem/domain:status"),
            add_contacts=_contacts(find(thing, "domain:add")),
            remove_contacts=_contacts(find(thing, "domain:rem")),
            registrant=text(thing, "domain:chg/domain:registrant") or None,
            auth_code=None if code is None else text(code),
            ds=self._changed_ds(name, find(command, "extension/secDNS:update")),
        )
        return Answer()

    def _changed_ds(self, name: str, update: etree._Element | None) -> list[tuple[int, int, int, str]] | None:
        """RFC 5910, 5.2.5: what is removed, then what is added."""
        if update is None:
            return None
        now = list(self.registry.own_domain(self._me, name).ds)
        remove = find(update, "secDNS:rem")
        if text(remove, "secDNS:all") in {"true", "1"}:
            now = []
        gone = _ds(remove)
        if set(gone) - set(now):
            raise Refusal(2306, "no such DS record")
        return [record for record in now if record not in gone] + list(_ds(find(update, "secDNS:add")))

    def transfer_domain(self, thing: etree._Element, command: etree._Element) -> Answer:
        name, operation = text(thing, "domain:name"), command[0].get("op") or ""
        code = find(thing, "domain:authInfo/domain:pw")
        if operation == "request":
            years = _years(thing)
            domain = self.registry.ask_transfer(self._me, name, auth_code=text(code), years=years)
            return Answer(answers.PENDING, data=answers.transfer_data(domain))
        if operation == "query":
            domain = self.registry.see_transfer(self._me, name, None if code is None else text(code))
        else:
            ends = {"approve": "clientApproved", "reject": "clientRejected", "cancel": "clientCancelled"}
            domain = self.registry.end_transfer(self._me, name, ends[operation])
        return Answer(data=answers.transfer_data(domain))

    # --- contact:* --------------------------------------------------------------------------------------------
    def check_contact(self, thing: etree._Element, command: etree._Element) -> Answer:
        known = self.registry.state.contacts
        found = {handle: "In use" if handle in known else "" for handle in texts(thing, "contact:id")}
        return Answer(data=answers.availability("contact", "id", found))

    def info_contact(self, thing: etree._Element, command: etree._Element) -> Answer:
        contact = self.registry.contact(text(thing, "contact:id"))
        is_mine = contact.sponsor == self._me.id
        if not is_mine and text(thing, "contact:authInfo/contact:pw") != contact.auth_code:
            raise Refusal(2201)
        linked = self.registry.is_linked(contact.id)
        return Answer(data=answers.contact_info(contact, is_linked=linked, shows_secret=is_mine))

    def create_contact(self, thing: etree._Element, command: etree._Element) -> Answer:
        now = self.registry.clock()
        contact = Contact(
            id=text(thing, "contact:id"),
            roid=self.registry.roid("C"),
            sponsor=self._me.id,
            creator=self._me.id,
            created_at=now,
            postal=_postal(thing),
            email=text(thing, "contact:email"),
            voice=text(thing, "contact:voice"),
            fax=text(thing, "contact:fax"),
            auth_code=text(thing, "contact:authInfo/contact:pw"),
        )
        self.registry.add_contact(self._me, contact)
        return Answer(data=answers.created("contact", "id", contact.id, now))

    def update_contact(self, thing: etree._Element, command: etree._Element) -> Answer:
        contact = self.registry.own_contact(self._me, text(thing, "contact:id"))
        change = find(thing, "contact:chg")
        if change is not None:
            contact.postal |= _postal(change)
            contact.email = text(change, "contact:email") or contact.email
            contact.voice = text(change, "contact:voice") or contact.voice
        contact.updated_at = self.registry.clock()
        return Answer()

    def delete_contact(self, thing: etree._Element, command: etree._Element) -> Answer:
        self.registry.delete_contact(self._me, text(thing, "contact:id"))
        return Answer()

    # --- host:* -----------------------------------------------------------------------------------------------
    def check_host(self, thing: etree._Element, command: etree._Element) -> Answer:
        known = self.registry.state.hosts
        found = {name: "In use" if name in known else "" for name in texts(thing, "host:name")}
        return Answer(data=answers.availability("host", "name", found))

    def info_host(self, thing: etree._Element, command: etree._Element) -> Answer:
        host = self.registry.host(text(thing, "host:name"))
        linked = any(host.name in domain.nameservers for domain in self.registry.state.domains.values())
        return Answer(data=answers.host_info(host, is_linked=linked))

    def create_host(self, thing: etree._Element, command: etree._Element) -> Answer:
        host = self.registry.add_host(self._me, text(thing, "host:name"), texts(thing, "host:addr"))
        return Answer(data=answers.created("host", "name", host.name, host.created_at))

    def update_host(self, thing: etree._Element, command: etree._Element) -> Answer:
        add, remove = texts(thing, "host:add/host:addr"), texts(thing, "host:rem/host:addr")
        self.registry.change_host(self._me, text(thing, "host:name"), add, remove)
        return Answer()

    def delete_host(self, thing: etree._Element, command: etree._Element) -> Answer:
        self.registry.delete_host(self._me, text(thing, "host:name"))
        return Answer()

    @property
    def _me(self) -> Registrar:
        assert self.registrar is not None
        return self.registrar


HANDLERS = {
    (verb, kind): getattr(Session, f"{verb}_{kind}")
    for verb in ("check", "info", "create", "renew", "delete", "update", "transfer")
    for kind in ("domain", "contact", "host")
    if hasattr(Session, f"{verb}_{kind}")
}


def _response(found: Answer, svtrid: str, cltrid: str) -> etree._Element:
    return answers.response(
        found.code, svtrid=svtrid, cltrid=cltrid, data=found.data, extensions=found.extensions, queue=found.queue
    )


def _prefix(space: str | None) -> str:
    return {OBJECTS[0]: "domain", OBJECTS[1]: "contact", OBJECTS[2]: "host"}[space or DOMAIN]


def _named(thing: etree._Element) -> str:
    return (thing[0].text or "").strip() if len(thing) else ""


def _years(thing: etree._Element) -> int:
    period = find(thing, "domain:period")
    if period is None:
        return 1
    if period.get("unit") != "y":
        raise Refusal(2004, "periods are counted in years")
    return int(text(period))


def _contacts(thing: etree._Element | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in [] if thing is None else find_all(thing, "domain:contact"):
        found.setdefault(each.get("type") or "", []).append(text(each))
    return found


def _statuses(thing: etree._Element, path: str) -> list[str]:
    return [each.get("s") or "" for each in find_all(thing, path)]


def _ds(parent: etree._Element | None) -> Iterable[tuple[int, int, int, str]]:
    return [
        (
            int(text(each, "secDNS:keyTag")),
            int(text(each, "secDNS:alg")),
            int(text(each, "secDNS:digestType")),
            text(each, "secDNS:digest").upper(),
        )
        for each in ([] if parent is None else find_all(parent, "secDNS:dsData"))
    ]


def _postal(thing: etree._Element) -> dict[str, dict[str, object]]:
    return {
        each.get("type") or "int": {
            "name": text(each, "contact:name"),
            "org": text(each, "contact:org"),
            "street": texts(each, "contact:addr/contact:street"),
            "city": text(each, "contact:addr/contact:city"),
            "sp": text(each, "contact:addr/contact:sp"),
            "pc": text(each, "contact:addr/contact:pc"),
            "cc": text(each, "contact:addr/contact:cc"),
        }
        for each in find_all(thing, "contact:postalInfo")
    }
