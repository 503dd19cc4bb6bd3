"""The EPP driver against a registry that validates what it receives, over TLS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError
from domains.drivers.base import Availability, DsRecord, HostSpec, TransferStatus
from domains.drivers.epp.contacts import ascii_of, handle_of, wire_phone
from domains.sandbox.samples import AUTH_CODE, PANEL
from tests.domains.conftest import NOW, contact, registration

NAMESERVERS = ("ns1.proveedor.example", "ns2.proveedor.example")


def test_a_name_is_free_taken_or_unknown(driver):
    names = ["muebles.com", "transferible.com", "muebles.desconocido"]
    assert driver.check(names) == {
        "muebles.com": Availability.FREE,
        "transferible.com": Availability.TAKEN,
        "muebles.desconocido": Availability.UNKNOWN,
    }


@pytest.mark.parametrize("name", ["muebles.com", "muebles.mx", "muebles.com.mx"])
def test_a_registered_domain_is_ours_with_its_nameservers(driver, name):
    record = driver.ensure_domain(registration(name, 2, NAMESERVERS))
    assert record.is_ours
    assert record.registrant == handle_of(contact())
    assert record.nameservers == NAMESERVERS
    assert record.expires_at == NOW.replace(year=2028)


def test_registering_again_changes_nothing(driver, sandbox):
    first = driver.ensure_domain(registration("muebles.com", 2))
    assert driver.ensure_domain(registration("muebles.com", 2)) == first
    assert sum(b"domain:create" in frame for _side, frame in sandbox.frames) == 1


def test_a_name_that_somebody_else_holds_is_refused_in_words(driver):
    with pytest.raises(PermanentError) as refused:
        driver.ensure_domain(registration("transferible.com"))
    assert refused.value.user_message == "El dominio ya está registrado."


def test_our_own_domain_of_another_holder_is_no_success(driver):
    driver.ensure_domain(registration("muebles.com"))
    with pytest.raises(PermanentError, match=r"muebles\.com"):
        driver.ensure_domain(registration("muebles.com", registrant=contact(2)))


def test_the_holder_is_sent_as_written_and_in_ascii(driver, sandbox):
    handle = driver.ensure_contact(contact())
    postal = sandbox.registry.state.contacts[handle].postal
    assert postal["loc"]["name"] == "José Núñez Peña"
    assert (postal["int"]["name"], postal["int"]["org"]) == ("Jose Nunez Pena", "Muebles & Compania")
    assert sandbox.registry.state.contacts[handle].voice == "+52.5512345678"


def test_a_contact_is_amended_only_when_it_differs(driver, sandbox):
    driver.ensure_contact(contact())
    driver.ensure_contact(contact())
    assert not any(b"contact:update" in frame for _side, frame in sandbox.frames)
    handle = driver.ensure_contact(contact(email="nuevo@empresa.example"))
    assert sandbox.registry.state.contacts[handle].email == "nuevo@empresa.example"


def test_a_renewal_counts_once_however_often_it_is_asked(driver):
    before = driver.ensure_domain(registration("muebles.com")).expires_at
    for _time in range(3):
        record = driver.ensure_renewed("muebles.com", expires_at=before, years=2)
    assert record.expires_at == before.replace(year=before.year + 2)


def test_more_years_than_the_registry_allows_are_refused(driver):
    before = driver.ensure_domain(registration("muebles.com", 9)).expires_at
    with pytest.raises(PermanentError):
        driver.ensure_renewed("muebles.com", expires_at=before, years=2)


def test_a_transfer_is_asked_once_and_approved_by_itself(driver, sandbox, clock):
    sandbox.registry.transfer_delay = timedelta(days=5)
    asked = driver.ensure_transfer_asked("transferible.com", auth_code=AUTH_CODE, years=1)
    assert asked.status == TransferStatus.PENDING
    assert driver.ensure_transfer_asked("transferible.com", auth_code=AUTH_CODE, years=1) == asked
    clock.pass_by(days=6)
    assert driver.find_domain("transferible.com").is_ours
    assert driver.transfer_of("transferible.com").status == TransferStatus.APPROVED


def test_the_losing_side_may_reject_and_the_message_says_so(driver, competitor, sandbox):
    driver.ensure_transfer_asked("transferible.com", auth_code=AUTH_CODE, years=1)
    with competitor._sessions.client() as client:
        client.domain.transfer("reject", "transferible.com")
    [message] = list(driver.messages())
    assert (message.name, message.transfer.status) == ("transferible.com", TransferStatus.REJECTED)
    assert list(driver.messages()) == []


def test_a_transfer_can_be_taken_back(driver):
    driver.ensure_transfer_asked("transferible.com", auth_code=AUTH_CODE, years=1)
    assert driver.cancel_transfer("transferible.com").status == TransferStatus.CANCELLED
    assert driver.cancel_transfer("transferible.com").status == TransferStatus.CANCELLED


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("transferible.com", "equivocada", "La clave de autorización no es correcta."),
        ("bloqueado.com", AUTH_CODE, "El estado del dominio no lo permite"),
        ("reciente.com", AUTH_CODE, "tiene menos de 60 días"),
        ("nadie.com", AUTH_CODE, "El dominio no existe en el registro."),
    ],
)
def test_why_a_transfer_is_refused_is_said_in_words(driver, name, code, words):
    with pytest.raises(PermanentError) as refused:
        driver.ensure_transfer_asked(name, auth_code=code, years=1)
    assert words in refused.value.user_message


def test_an_auth_code_can_be_tested_for_free(driver):
    assert driver.find_domain("transferible.com", AUTH_CODE).is_locked is False
    assert driver.find_domain("bloqueado.com", AUTH_CODE).is_locked is True
    with pytest.raises(PermanentError) as refused:
        driver.find_domain("transferible.com", "equivocada")
    assert refused.value.response == 2202


def test_nameservers_become_exactly_what_was_asked_with_their_glue(driver, sandbox):
    driver.ensure_domain(registration("muebles.com", hosts=NAMESERVERS))
    wanted = [HostSpec("ns1.muebles.com", ["192.0.2.1", "2001:db8::1"]), HostSpec(NAMESERVERS[0])]
    driver.set_nameservers("muebles.com", wanted)
    assert driver.find_domain("muebles.com").nameservers == ("ns1.muebles.com", NAMESERVERS[0])
    assert sandbox.registry.state.hosts["ns1.muebles.com"].addresses == ["192.0.2.1", "2001:db8::1"]
    driver.set_nameservers("muebles.com", [replace(wanted[0], addresses=["192.0.2.9"]), wanted[1]])
    assert sandbox.registry.state.hosts["ns1.muebles.com"].addresses == ["192.0.2.9"]


def test_the_lock_goes_on_and_off(driver):
    driver.ensure_domain(registration("muebles.com"))
    for is_locked in (True, True, False, False):
        driver.set_lock("muebles.com", is_locked=is_locked)
        assert driver.find_domain("muebles.com").is_locked is is_locked


def test_ds_records_become_exactly_what_was_asked(driver):
    driver.ensure_domain(registration("muebles.com"))
    old, new = DsRecord(1, 13, 2, "AB" * 32), DsRecord(2, 13, 2, "CD" * 32)
    for wanted in ([old], [old, new], [new], []):
        driver.set_ds_records("muebles.com", wanted)
        assert set(driver.find_domain("muebles.com").ds_records) == set(wanted)


def test_another_holder_takes_over_all_the_roles(driver, sandbox):
    driver.ensure_domain(registration("muebles.mx"))
    for _time in range(2):
        driver.set_registrant("muebles.mx", contact(2))
    domain = sandbox.registry.state.domains["muebles.mx"]
    assert domain.registrant == handle_of(contact(2))
    assert all(handles == [domain.registrant] for handles in domain.contacts.values())


def test_an_auth_code_is_new_each_time_and_valid_at_once(driver, sandbox):
    driver.ensure_domain(registration("muebles.com"))
    codes = {driver.new_auth_code("muebles.com") for _time in range(3)}
    assert len(codes) == 3
    assert sandbox.registry.state.domains["muebles.com"].auth_code in codes


def test_a_deleted_domain_can_be_restored_while_it_is_in_redemption(driver, clock):
    driver.ensure_domain(registration("muebles.com"))
    for _time in range(2):
        driver.ensure_deleted("muebles.com")
    assert driver.find_domain("muebles.com").is_in_redemption
    assert not driver.ensure_restored("muebles.com").is_in_redemption
    driver.ensure_deleted("muebles.com")
    clock.pass_by(days=40)
    assert driver.find_domain("muebles.com") is None
    driver.ensure_deleted("muebles.com")


def test_what_is_not_ours_is_not_changed(driver):
    with pytest.raises(PermanentError) as refused:
        driver.set_lock("transferible.com", is_locked=True)
    assert refused.value.user_message == "El dominio está a cargo de otro registrador."


def test_the_password_can_be_changed_at_sign_in(driver, driver_of, sandbox):
    driver.change_password("otra-clave-02")
    driver._sessions.close()
    assert driver.check(["muebles.com"]) == {"muebles.com": Availability.FREE}
    with pytest.raises(ConfigurationError):
        driver_of().check(["muebles.com"])
    assert sandbox.registry.state.registrars[PANEL].password == "otra-clave-02"


@pytest.mark.parametrize("changes", [{"ca_file": None}, {"host": "127.0.0.1"}, {"password": "equivocada"}])
def test_a_server_or_a_password_that_is_not_right_is_ours_to_mend(driver_of, changes):
    with pytest.raises(ConfigurationError):
        driver_of(**changes).check(["muebles.com"])


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("José Peña", "Jose Pena"), ("Łódź", "Lodz"), ("東京", "??"), ("ñandú & cía", "nandu & cia")],
)
def test_names_are_folded_to_ascii(typed, sent):
    assert ascii_of(typed) == sent


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("+52 (55) 1234-5678", "+52.5512345678"),
        ("+1.7035555555", "+1.7035555555"),
        ("+34912345678", "+34.912345678"),
        ("+50212345678", "+502.12345678"),
        ("5512345678", ""),
        ("", ""),
    ],
)
def test_telephones_are_sent_as_epp_wants_them(typed, sent):
    assert wire_phone(typed) == sent
