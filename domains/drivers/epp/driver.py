"""A registry that speaks EPP over TLS (RFC 5730-5734, with 3915 and 5910)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from epptools import Client
from epptools.exceptions import CommandException, ObjectDoesNotExistError, ObjectExistsError

from cloudpanel.provisioning.errors import PermanentError
from domains.auth_codes import random_auth_code
from domains.drivers.base import (
    Availability,
    ContactSpec,
    DomainRecord,
    DsRecord,
    HostSpec,
    Message,
    Registration,
    RegistryDriver,
    TransferRecord,
    TransferStatus,
)
from domains.drivers.epp import contacts, reading
from domains.drivers.epp.session import Sessions, Settings
from domains.drivers.epp.translation import WORDS, speaks_epp

ROLES = ("admin", "tech", "billing")
LOCK = "clientTransferProhibited"
UNSUPPORTED_ENDING = 2005
HOST_REFUSED = frozenset({2003, 2004, 2005, 2201, 2303, 2305, 2306})
"""Its parent domain is nobody's, somebody else's, or wants other addresses (RFC 5732, 3.2.1)."""


class EppDriver(RegistryDriver):
    """``settings`` are those of :class:`Settings`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = Settings(**settings)
        self._sessions = Sessions(self._settings)
        self.provider = f"epp:{self._settings.host}"

    def close(self) -> None:
        self._sessions.close()

    @speaks_epp
    def change_password(self, new_password: str) -> None:
        self._sessions.change_password(new_password)

    # --- Looking --------------------------------------------------------------------------------------------------
    @speaks_epp
    def check(self, names: Sequence[str]) -> Mapping[str, Availability]:
        """One ending that the registry does not serve can spoil the answer for all of them: then each is asked alone."""
        try:
            found = self._sessions.ask(lambda client: client.domain.check(list(names))).availability()
        except CommandException as error:
            if error.epp_code != UNSUPPORTED_ENDING:
                raise
            if len(names) == 1:
                return {names[0]: Availability.UNKNOWN}
            return {name: self.check([name])[name] for name in names}
        signs = {True: Availability.FREE, False: Availability.TAKEN}
        return {name: signs[found[name]] if name in found else Availability.UNKNOWN for name in names}

    @speaks_epp
    def find_domain(self, name: str, auth_code: str = "") -> DomainRecord | None:
        return self._sessions.ask(lambda client: self._find(client, name, auth_code))

    def _find(self, client: Client, name: str, auth_code: str = "") -> DomainRecord | None:
        try:
            answer = client.domain.info(name, auth_info=auth_code or None)
        except ObjectDoesNotExistError:
            return None
        return reading.domain_record(answer, self._settings.registrar)

    def _find_ours(self, client: Client, name: str) -> DomainRecord:
        """Raises PermanentError when there is none, or when it is not ours."""
        found = self._find(client, name)
        if found is None or not found.is_ours:
            code = 2303 if found is None else 2201
            raise PermanentError(WORDS[code], f"{name} is not ours", provider=self.provider, response=code)
        return found

    @speaks_epp
    def transfer_of(self, name: str) -> TransferRecord:
        return self._sessions.ask(lambda client: self._transfer(client, name))

    def _transfer(self, client: Client, name: str) -> TransferRecord:
        try:
            answer = client.domain.transfer("query", name)
        except CommandException as error:
            if error.epp_code in {2301, 2303}:
                return TransferRecord(name, TransferStatus.NONE)
            raise
        return reading.transfer_record(name, answer.transfer())

    # --- Changing -------------------------------------------------------------------------------------------------
    @speaks_epp
    def ensure_domain(self, wanted: Registration) -> DomainRecord:
        """After a lost answer this is called again, and the look that comes first finds what the create had made."""
        with self._sessions.client() as client:
            handle = contacts.ensure_contact(client, wanted.registrant)
            found = self._find_made(client, wanted.name, handle)
            if found:
                return found
            self._ensure_hosts(client, wanted.nameservers)
            try:
                client.domain.create(
                    wanted.name,
                    years=wanted.years,
                    registrant=handle,
                    contacts=dict.fromkeys(ROLES, handle),
                    nameservers=[host.name for host in wanted.nameservers] or None,
                    auth_info=random_auth_code(),
                )
            except ObjectExistsError:
                found = self._find_made(client, wanted.name, handle)
                if found:
                    return found
                raise
            return self._find_ours(client, wanted.name)

    def _find_made(self, client: Client, name: str, handle: str) -> DomainRecord | None:
        try:
            found = self._find(client, name)
        except CommandException as error:
            if error.epp_code == 2201:  # somebody else's: registries do not show it without the code
                raise self._taken(name) from error
            raise
        if found and not (found.is_ours and found.registrant == handle):
            raise self._taken(name)
        return found

    def _taken(self, name: str) -> PermanentError:
        return PermanentError(WORDS[2302], f"{name} belongs to somebody else", provider=self.provider, response=2302)

    @speaks_epp
    def ensure_renewed(self, name: str, *, expires_at: datetime, years: int) -> DomainRecord:
        with self._sessions.client() as client:
            found = self._find_ours(client, name)
            if found.expires_at and found.expires_at.date() > expires_at.date():
                return found
            client.domain.renew(name, expires_at.date().isoformat(), years)
            return self._find_ours(client, name)

    @speaks_epp
    def ensure_transfer_asked(self, name: str, *, auth_code: str, years: int) -> TransferRecord:
        with self._sessions.client() as client:
            known = self._own_request(client, name)
            if known:
                return known
            client.domain.transfer("request", name, auth_info=auth_code, years=years)
            return self._transfer(client, name)

    def _own_request(self, client: Client, name: str) -> TransferRecord | None:
        """A transfer of ours that is under way or has just ended well; None when it is still to be asked for."""
        try:
            answer = client.domain.transfer("query", name)
        except CommandException as error:
            if error.epp_code in {2201, 2301, 2303}:
                return None
            raise
        data = answer.transfer() or {}
        found = reading.transfer_record(name, data)
        is_mine = data.get("requested_by") == self._settings.registrar
        return found if is_mine and found.status in {TransferStatus.PENDING, TransferStatus.APPROVED} else None

    @speaks_epp
    def cancel_transfer(self, name: str) -> TransferRecord:
        with self._sessions.client() as client:
            known = self._transfer(client, name)
            if known.status == TransferStatus.PENDING:
                client.domain.transfer("cancel", name)
                known = self._transfer(client, name)
            return known

    @speaks_epp
    def answer_departure(self, name: str, *, is_approved: bool) -> TransferRecord:
        with self._sessions.client() as client:
            known = self._transfer(client, name)
            if known.status == TransferStatus.PENDING:
                client.domain.transfer("approve" if is_approved else "reject", name)
                known = self._transfer(client, name)
            return known

    @speaks_epp
    def ensure_contact(self, contact: ContactSpec) -> str:
        with self._sessions.client() as client:
            return contacts.ensure_contact(client, contact)

    @speaks_epp
    def set_nameservers(self, name: str, hosts: Sequence[HostSpec]) -> None:
        with self._sessions.client() as client:
            now = set(self._find_ours(client, name).nameservers)
            self._ensure_hosts(client, hosts)
            wanted = {host.name for host in hosts}
            if wanted != now:
                change: dict[str, Any] = {"add": {"ns": sorted(wanted - now)}, "rem": {"ns": sorted(now - wanted)}}
                client.domain.update(name, **{key: value for key, value in change.items() if value["ns"]})

    def _ensure_hosts(self, client: Client, hosts: Sequence[HostSpec]) -> None:
        for host in hosts:
            wanted = set(host.addresses)
            try:
                found = client.host.info(host.name)
            except ObjectDoesNotExistError:
                self._create_host(client, host)
                continue
            now = {str(each["ip"]) for each in found.host_addresses()}
            if wanted and wanted != now and found.sponsor() == self._settings.registrar:
                client.host.update(
                    host.name, add_addresses=sorted(wanted - now) or None, rem_addresses=sorted(now - wanted) or None
                )

    def _create_host(self, client: Client, host: HostSpec) -> None:
        try:
            client.host.create(host.name, sorted(host.addresses) or None)
        except ObjectExistsError:
            pass  # made meanwhile by another session of ours, or by another registrar
        except CommandException as error:
            if error.epp_code not in HOST_REFUSED:
                raise
            words = f"El registro no acepta el servidor {host.name}: revise que el nombre esté bien escrito y exista."
            raise PermanentError(words, str(error), provider=self.provider, response=error.epp_code) from error

    @speaks_epp
    def set_registrant(self, name: str, contact: ContactSpec) -> None:
        with self._sessions.client() as client:
            handle = contacts.ensure_contact(client, contact)
            answer = client.domain.info(name)
            now = {role: answer.contacts_for(role) for role in ROLES}
            gone = {role: [each for each in handles if each != handle] for role, handles in now.items()}
            new = {role: [handle] for role, handles in now.items() if handle not in handles}
            change: dict[str, Any] = {}
            if any(gone.values()):
                change["rem"] = {"contacts": {role: handles for role, handles in gone.items() if handles}}
            if new:
                change["add"] = {"contacts": new}
            if answer.registrant() != handle:
                change["chg"] = {"registrant": handle}
            if change:
                client.domain.update(name, **change)

    @speaks_epp
    def set_lock(self, name: str, *, is_locked: bool) -> None:
        with self._sessions.client() as client:
            if (LOCK in self._find_ours(client, name).statuses) != is_locked:
                change = {"statuses": [LOCK]}
                client.domain.update(name, add=change if is_locked else None, rem=None if is_locked else change)

    @speaks_epp
    def set_ds_records(self, name: str, records: Sequence[DsRecord]) -> None:
        with self._sessions.client() as client:
            now, wanted = set(self._find_ours(client, name).ds_records), set(records)
            change: dict[str, Any] = {}
            if now - wanted:
                change["rem"] = {"ds_data": [_ds(record) for record in now - wanted]}
            if wanted - now:
                change["add"] = {"ds_data": [_ds(record) for record in wanted - now]}
            if change:
                client.domain.update(name, sec_dns=change)

    @speaks_epp
    def new_auth_code(self, name: str) -> str:
        code = random_auth_code()
        self.set_auth_code(name, code)
        return code

    @speaks_epp
    def set_auth_code(self, name: str, code: str) -> None:
        with self._sessions.client() as client:
            self._find_ours(client, name)
            client.domain.update(name, chg={"auth_info": code})

    @speaks_epp
    def ensure_deleted(self, name: str) -> None:
        with self._sessions.client() as client:
            found = self._find(client, name)
            if found is None or found.is_in_redemption:
                return
            client.domain.delete(name)

    @speaks_epp
    def ensure_restored(self, name: str) -> DomainRecord:
        with self._sessions.client() as client:
            found = self._find_ours(client, name)
            if found.is_in_redemption:
                client.domain.restore(name)
                found = self._find_ours(client, name)
            return found

    # --- Listening ------------------------------------------------------------------------------------------------
    def messages(self) -> Iterator[Message]:
        while True:
            found = self._next_message()
            if found is None:
                return
            yield found
            self._acknowledge(found.id)

    @speaks_epp
    def _next_message(self) -> Message | None:
        answer = self._sessions.ask(lambda client: client.poll.request())
        return reading.message(answer) if answer.code() == 1301 else None

    @speaks_epp
    def _acknowledge(self, message_id: str) -> None:
        try:
            self._sessions.order(lambda client: client.poll.ack(message_id))
        except ObjectDoesNotExistError:
            return  # the first try went through and its answer was lost


def _ds(record: DsRecord) -> dict[str, Any]:
    return {
        "key_tag": record.key_tag,
        "alg": record.algorithm,
        "digest_type": record.digest_type,
        "digest": record.digest,
    }
