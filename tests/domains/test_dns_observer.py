"""What the servers of the world say, each by itself and with the true reason when they do not."""

from __future__ import annotations

import dns.rcode
import pytest

from domains.drivers.observer import DnsObserver, Note, Question
from tests.domains.dns_world import (
    counting_wrong,
    cut_off,
    failing,
    garbage,
    in_a_circle,
    of_another_question,
    only_by_tcp,
    referral,
    silence,
    txt,
    without_edns,
)


@pytest.fixture
def observer(world) -> DnsObserver:
    return DnsObserver([world.resolver], authority_port=world.port, seconds=0.4, allow_private=True)


def seen(observer, name: str, kind: str = "TXT", zone: str = "empresa.test") -> dict[str, tuple[Note, tuple[str, ...]]]:
    question = Question(name, kind)
    answers = observer.observe(zone, [question])[question].answers
    return {answer.server.partition(".")[0]: (answer.note, answer.values) for answer in answers}


def test_each_server_and_each_resolver_is_asked_by_itself(observer, world):
    world.ns2.says, world.ns3.says = txt("el-valor"), txt("viejo")
    answers = seen(observer, "_probado.empresa.test")
    assert answers == {
        "ns1": (Note.FOUND, ("el-valor", "otro partido")),
        "ns2": (Note.FOUND, ("el-valor",)),
        "ns3": (Note.FOUND, ("viejo",)),
        "127": (Note.FOUND, ("el-valor", "otro partido")),
    }


@pytest.mark.parametrize(
    ("says", "note"),
    [
        (failing(dns.rcode.SERVFAIL), Note.BROKEN),
        (failing(dns.rcode.REFUSED), Note.LAME),
        (failing(dns.rcode.NOTAUTH), Note.LAME),
        (failing(dns.rcode.NXDOMAIN), Note.NO_NAME),
        (referral, Note.LAME),
        (garbage, Note.GARBAGE),
        (cut_off, Note.TOO_BIG),
        (silence, Note.SILENCE),
        (of_another_question, Note.GARBAGE),
        (in_a_circle, Note.LOOP),
        (counting_wrong, Note.GARBAGE),
        (failing(dns.rcode.FORMERR), Note.BROKEN),
    ],
)
def test_each_kind_of_bad_luck_has_its_own_name(observer, world, says, note):
    world.ns2.says, world.ns3.says = says, txt("x")
    answers = seen(observer, "_probado.empresa.test")
    assert answers["ns2"] == (note, ())
    assert answers["ns1"][0] is Note.FOUND


@pytest.mark.parametrize(
    ("name", "note", "values"),
    [
        ("_nada", Note.NO_NAME, ()),
        ("_vacio", Note.NO_RECORD, ()),
        ("_alias", Note.FOUND, ("el-valor", "otro partido")),
        ("_bucle1", Note.LOOP, ()),
    ],
)
def test_what_knot_answers_is_told_apart(observer, world, name, note, values):
    world.ns2.says = world.ns3.says = txt("x")
    assert seen(observer, f"{name}.empresa.test")["ns1"] == (note, values)


def test_a_giant_answer_is_read_whole_by_tcp(observer, world):
    world.ns2.says = world.ns3.says = txt("x")
    note, values = seen(observer, "_gigante.empresa.test")["ns1"]
    assert (note, len(values)) == (Note.FOUND, 60)


@pytest.mark.parametrize(("says", "value"), [(only_by_tcp, "por TCP"), (without_edns, "sin EDNS")])
def test_a_server_that_answers_in_its_own_way_is_heard(observer, world, says, value):
    world.ns2.says, world.ns3.says = says, txt("x")
    assert seen(observer, "_probado.empresa.test")["ns2"] == (Note.FOUND, (value,))


def test_a_cname_is_seen_as_it_is(observer, world):
    world.ns2.says = world.ns3.says = txt("x")
    assert seen(observer, "_prueba.empresa.test", "CNAME")["ns1"] == (Note.FOUND, ("clave.comprobacion.panel.test",))


def test_a_domain_that_is_not_in_the_dns_is_told_so(observer):
    assert seen(observer, "_x.nadie.test", zone="nadie.sola.test")["nadie"] == (Note.NO_ZONE, ())


def test_servers_inside_private_networks_are_not_asked(world):
    careful = DnsObserver([world.resolver], authority_port=world.port, seconds=0.4)
    assert seen(careful, "_probado.empresa.test")["empresa"] == (Note.NO_ZONE, ())


def test_a_resolver_that_is_silent_gives_its_turn_to_the_next(world):
    world.ns2.says = silence
    observer = DnsObserver([f"127.0.0.3:{world.port}", world.resolver], seconds=0.2)
    question = Question("empresa.test", "MX")
    assert observer.resolve([question])[question].values == ("10 mail.empresa.test",)


def test_the_server_of_make_run_is_asked_first_and_is_none_of_the_worlds(world):
    world.ns2.says = txt("lo que dice el mundo")
    observer = DnsObserver([f"127.0.0.3:{world.port}"], seconds=0.4, local=world.resolver)
    ours, others = Question("_probado.empresa.test", "TXT"), Question("ajena.test", "TXT")
    found = observer.resolve([ours, others])
    assert "el-valor" in found[ours].values
    assert found[others].values == ("lo que dice el mundo",)
    assert {answer.server for answer in observer.observe("ajena.test", [others])[others].resolvers} == {"127.0.0.3"}


def test_what_is_no_name_is_nowhere(world):
    questions = [Question(name, "TXT") for name in (f"{'a' * 64}.test", "a..test", f"{'a.' * 130}test")]
    found = DnsObserver([world.resolver]).resolve(questions)
    assert {found[each].note for each in questions} == {Note.NO_NAME}


def test_what_is_no_address_is_refused_at_the_start():
    with pytest.raises(ValueError, match="IPv4 or IPv6"):
        DnsObserver(["dns.google"])
