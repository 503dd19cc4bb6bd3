"""What others hold is asked of RDAP, then of WHOIS; "free" needs a positive sign, and nothing hangs or is believed blindly."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from domains.drivers.lookup import DomainLookup, Standing
from domains.drivers.lookup.whois_protocol import read_answer
from tests.domains.lookup_peers import NAME, RDAP_DOMAIN, WHOIS_DOMAIN, rdap_server, whois_server

OF_ANOTHER = b"Domain Name: OTRO.COM\nRegistrar: x\n"


@pytest.fixture
def rdap():
    with rdap_server() as peer:
        peer.say(RDAP_DOMAIN)
        yield peer


@pytest.fixture
def whois():
    with whois_server() as peer:
        peer.say(WHOIS_DOMAIN.encode())
        yield peer


def asking(rdap, whois, seconds: float) -> DomainLookup:
    servers = {"rdap": {"com": f"http://127.0.0.1:{rdap.port}"}, "whois": {"com": f"127.0.0.1:{whois.port}"}}
    return DomainLookup({**servers, "seconds": seconds})


@pytest.fixture
def lookup(rdap, whois):
    return asking(rdap, whois, 0.6)


def about(found):
    return (found.standing, found.registrar, found.created_at, found.expires_at, found.is_locked, found.nameservers)


REGISTERED = (
    Standing.REGISTERED,
    "Otro Registrador",
    datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC),
    datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC),
    True,
    ("ns1.otro.example",),
)


def test_rdap_tells_registrar_dates_states_and_nameservers(lookup, whois):
    found = lookup.find(NAME)
    assert (about(found), found.source, whois.questions) == (REGISTERED, "rdap", 0)


@pytest.mark.parametrize("status", [429, 500, 503, 403, 302])
def test_whois_is_asked_where_rdap_does_not_know(lookup, rdap, status):
    rdap.say(b"", status, Location="http://127.0.0.1:9/")
    found = lookup.find(NAME)
    assert (about(found), found.source) == (REGISTERED, "whois")


def test_a_name_is_free_when_rdap_says_that_it_has_none(lookup, rdap, whois):
    rdap.say(b"{}", 404)
    assert (lookup.find(NAME).standing, whois.questions) == (Standing.FREE, 0)


@pytest.mark.parametrize("text", ['No match for domain "MUEBLES.COM".\r\n', "NOT FOUND\n", "%% \nStatus: free\n"])
def test_a_name_is_free_when_whois_says_so_in_known_words(lookup, rdap, whois, text):
    rdap.say(b"", 500)
    whois.say(text.encode())
    assert lookup.find(NAME).standing == Standing.FREE


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Quota exceeded: no match will be given\n",
        b"\xff\x00\xfe" * 50,
        b"<html>hola</html>",
        b"Domain Name: OTRO.COM\nRegistrar: x\n",
    ],
)
def test_silence_quotas_garbage_and_other_names_are_not_known(lookup, rdap, whois, text):
    rdap.say(b"", 500)
    whois.say(text)
    assert lookup.find(NAME).standing == Standing.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b"{", b"", {"objectClassName": "entity"}, RDAP_DOMAIN | {"ldhName": "otro.com"}, b"[" * 100_000],
)
def test_an_rdap_answer_that_is_nonsense_is_not_believed(lookup, rdap, whois, body):
    rdap.say(body)
    whois.say(b"")
    assert lookup.find(NAME).standing == Standing.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [b"x" * 131_072, b"Registrar: " + b"\t " * 60_000, (b"x" * 499 + b"\n") * 100, b"\n" * 100_000 + b"x"],
    ids=["one line", "blanks", "long lines", "no lines"],
)
def test_no_shape_of_a_whois_answer_keeps_the_reader_busy(text):
    started = time.process_time()
    assert read_answer(NAME, text.decode()).standing == Standing.UNKNOWN
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "date", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2027-13-45T00:00:00Z", "mañana"]
)
def test_a_date_that_is_none_takes_nothing_else_with_it(lookup, rdap, date):
    rdap.say(RDAP_DOMAIN | {"events": [{"eventAction": "expiration", "eventDate": date}, None, 7]})
    found = lookup.find(NAME)
    assert (found.standing, found.registrar, found.expires_at) == (Standing.REGISTERED, "Otro Registrador", None)


def test_a_page_that_is_not_found_says_nothing_of_a_name(lookup, rdap, whois):
    rdap.say(b"<html>Not Found</html>", 404)
    whois.say(b"")
    assert lookup.find(NAME).standing == Standing.UNKNOWN


def test_what_is_remembered_of_an_answer_can_be_kept(lookup, rdap, whois):
    rdap.say(b"", 500)
    whois.say(b"ra\x00ro")
    assert "\x00" not in lookup.find(NAME).reason


def test_answers_that_never_end_are_given_up(rdap, whois):
    rdap.drip = whois.drip = True
    assert asking(rdap, whois, 0.2).find(NAME).standing == Standing.UNKNOWN


def test_an_answer_that_is_far_too_large_is_given_up(lookup, rdap, whois):
    rdap.say(RDAP_DOMAIN | {"remarks": "x" * 600_000})
    whois.say(b"")
    assert lookup.find(NAME).standing == Standing.UNKNOWN


def test_an_answer_is_remembered_for_a_while(lookup, rdap):
    for _time in range(3):
        lookup.find(NAME)
    assert rdap.questions == 1


def test_servers_that_are_away_and_endings_that_nobody_serves_are_not_known():
    away = DomainLookup({"rdap": {"com": "http://127.0.0.1:1"}, "whois": {"com": "127.0.0.1:1"}})
    assert [away.find(name).standing for name in (NAME, "muebles.zz")] == [Standing.UNKNOWN, Standing.UNKNOWN]
