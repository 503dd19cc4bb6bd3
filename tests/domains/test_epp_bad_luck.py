"""Whatever happens to the connection, a domain is owned once, renewed once and asked for once."""

from __future__ import annotations

import pytest

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from domains.drivers.base import Availability, TransferStatus
from domains.sandbox.faults import Fault, Kind
from domains.sandbox.samples import AUTH_CODE, PANEL
from tests.domains.conftest import registration

CUTS = (1, 3, 4, 5, 60, 300)
"""Inside the length, between it and the frame, inside the declaration, the result, the data."""
BREAKS = [Fault(Kind.CLOSE_BEFORE), Fault(Kind.CLOSE_AFTER), *(Fault(Kind.CUT, amount=cut) for cut in CUTS)]
NAMES = [f"{fault.kind}-{fault.amount:g}" for fault in BREAKS]


def until_done(call, tries: int = 6):
    """What the engine does with a transient failure."""
    for _try in range(tries - 1):
        try:
            return call()
        except TransientError:
            continue
    return call()


def breaking(sandbox, fault: Fault, verb: str, name: str) -> None:
    sandbox.faults.add(Fault(fault.kind, verb=verb, name=name, amount=fault.amount))


def transforms(sandbox, verb: bytes) -> int:
    return sum(side == "client" and verb in frame for side, frame in sandbox.frames)


@pytest.mark.parametrize("fault", BREAKS, ids=NAMES)
def test_a_create_whose_connection_breaks_makes_the_domain_once(driver, sandbox, fault):
    breaking(sandbox, fault, "create", "muebles.com")
    record = until_done(lambda: driver.ensure_domain(registration("muebles.com", 2)))
    assert record.is_ours
    assert [name for name, domain in sandbox.registry.state.domains.items() if domain.sponsor == PANEL] == [
        "muebles.com"
    ]
    assert transforms(sandbox, b"domain:create>") == (2 if fault.kind == Kind.CLOSE_BEFORE else 1)


@pytest.mark.parametrize("fault", BREAKS, ids=NAMES)
def test_a_renewal_whose_connection_breaks_counts_once(driver, sandbox, fault):
    before = driver.ensure_domain(registration("muebles.com")).expires_at
    breaking(sandbox, fault, "renew", "muebles.com")
    record = until_done(lambda: driver.ensure_renewed("muebles.com", expires_at=before, years=3))
    assert record.expires_at == before.replace(year=before.year + 3)


@pytest.mark.parametrize("fault", BREAKS, ids=NAMES)
def test_a_transfer_whose_connection_breaks_is_asked_once(driver, sandbox, fault):
    breaking(sandbox, fault, "transfer", "transferible.com")
    record = until_done(lambda: driver.ensure_transfer_asked("transferible.com", auth_code=AUTH_CODE, years=1))
    assert record.status == TransferStatus.PENDING
    assert sum("requested" in each.text for each in sandbox.registry.state.registrars["otro-registrador"].messages) == 1


@pytest.mark.parametrize("fault", BREAKS, ids=NAMES)
def test_a_question_on_a_dead_connection_is_asked_anew(driver, sandbox, fault):
    driver.check(["muebles.com"])
    breaking(sandbox, fault, "check", "muebles.com")
    assert driver.check(["muebles.com"]) == {"muebles.com": Availability.FREE}


def test_connections_that_a_router_forgot_are_replaced(driver, sandbox):
    driver.check(["muebles.com"])
    sandbox.drop_connections()
    assert driver.check(["muebles.com"]) == {"muebles.com": Availability.FREE}


@pytest.mark.parametrize("kind", [Kind.GARBAGE, Kind.BOMB, Kind.ASTRAY])
def test_an_answer_that_is_nonsense_is_tried_again_and_not_believed(driver, sandbox, kind):
    sandbox.faults.add(Fault(kind, verb="create", name="muebles.com"))
    with pytest.raises(TransientError):
        driver.ensure_domain(registration("muebles.com"))
    assert driver.ensure_domain(registration("muebles.com")).is_ours
    assert transforms(sandbox, b"domain:create>") == 1


def test_an_answer_that_comes_too_late_is_looked_for_afterwards(driver_of, sandbox):
    impatient = driver_of(answer_timeout=1)
    sandbox.faults.add(Fault(Kind.SLOW, verb="create", name="muebles.com", amount=1.5))
    record = until_done(lambda: impatient.ensure_domain(registration("muebles.com")))
    assert record.is_ours
    assert transforms(sandbox, b"domain:create>") == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (2400, TransientError),
        (2500, TransientError),
        (2502, TransientError),
        (2501, ConfigurationError),
        (2304, PermanentError),
        (2308, PermanentError),
        (2000, PermanentError),
    ],
)
def test_every_code_ends_in_one_of_our_errors(driver, sandbox, code, error):
    sandbox.faults.add(Fault(Kind.CODE, verb="create", name="muebles.com", amount=code))
    with pytest.raises(error):
        driver.ensure_domain(registration("muebles.com"))


@pytest.mark.parametrize("code", [2999, 2099, 9999])
def test_a_code_that_nobody_knows_is_a_refusal_with_words(driver, sandbox, code):
    sandbox.faults.add(Fault(Kind.UNHEARD_OF, verb="check", name="muebles.com", amount=code))
    with pytest.raises(PermanentError) as caught:
        driver.check(["muebles.com"])
    assert caught.value.user_message.startswith("El registro rechazó")


def test_a_registry_that_is_away_is_a_transient_failure(driver_of, sandbox):
    sandbox.stop()
    try:
        with pytest.raises(TransientError):
            driver_of().check(["muebles.com"])
    finally:
        sandbox.port = 0
        sandbox.start()


def test_two_workers_registering_the_same_domain_make_it_once(driver, driver_of, sandbox):
    from concurrent.futures import ThreadPoolExecutor

    drivers = [driver, driver_of(), driver_of()]
    with ThreadPoolExecutor(3) as pool:
        records = list(pool.map(lambda each: each.ensure_domain(registration("muebles.com", 2)), drivers))
    assert len({record.expires_at for record in records}) == 1
    assert sum(domain.sponsor == PANEL for domain in sandbox.registry.state.domains.values()) == 1
