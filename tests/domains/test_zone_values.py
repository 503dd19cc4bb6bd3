"""Whatever is typed or imported becomes a correct record, or is refused in words at its field or line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpanel.core.exceptions import BusinessError
from domains.zones.files import MAX_BYTES, decoded, read_zone_file
from domains.zones.records import Record, write_zone_file
from domains.zones.values import CAA_TAGS, clean_record, parts_of, shown_value

ZONE = "cliente.example"


def clean(kind, name="@", ttl=3600, **parts) -> Record:
    return clean_record(ZONE, kind, name, ttl, parts)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "@"),
        ("WWW", "www"),
        ("www.cliente.example", "www"),
        ("www.Cliente.Example.", "www"),
        ("cliente.example", "@"),
        ("*.tienda", "*.tienda"),
        ("mañana", "xn--maana-pta"),
        ("www.otro.example", "www.otro.example"),
    ],
)
def test_a_name_may_be_typed_in_many_ways(typed, name):
    assert clean("A", typed, address="192.0.2.1").name == name


@pytest.mark.parametrize(
    ("typed", "kind", "target"),
    [
        ("mail", "MX", "10 mail.cliente.example."),
        ("Mail.Panel.Example", "MX", "10 mail.panel.example."),
        ("correo.españa.example", "MX", "10 correo.xn--espaa-rta.example."),
        ("@", "MX", "10 cliente.example."),
    ],
)
def test_one_word_points_inside_the_zone_and_more_words_anywhere(typed, kind, target):
    assert clean(kind, preference="10", target=typed).value == target


@pytest.mark.parametrize(
    ("kind", "name", "parts", "field", "reason"),
    [
        ("A", "@", {"address": "999.1.1.1"}, "address", "cuatro números"),
        ("A", "@", {"address": "2001:db8::1"}, "address", "AAAA"),
        ("AAAA", "@", {"address": "192.0.2.1"}, "address", "registro A"),
        ("AAAA", "@", {"address": "fe80::1%eth0"}, "address", "%"),
        ("MX", "@", {"preference": "10", "target": "192.0.2.1"}, "target", "no una dirección IP"),
        ("MX", "@", {"preference": "65536", "target": "a.b"}, "preference", "0 a 65535"),
        ("MX", "@", {"preference": "10", "target": "mi_correo.example"}, "target", "guion bajo"),
        ("MX", "@", {"preference": "10", "target": "."}, "preference", "no se recibe correo"),
        ("CNAME", "@", {"target": "a.b"}, "name", "dominio mismo no puede ser un CNAME"),
        ("CNAME", "www", {"target": "https://a.b/c"}, "target", "http"),
        ("CNAME", "www", {"target": "a..b"}, "target", "punto de más"),
        ("NS", "@", {"target": "a.b"}, "name", "página del dominio"),
        ("SRV", "sip", {"priority": "1", "weight": "1", "port": "5060", "target": "a"}, "name", "_servicio._protocolo"),
        ("SRV", "_sip._tcp", {"priority": "1", "weight": "-1", "port": "5060", "target": "a"}, "weight", "0 a 65535"),
        ("CAA", "@", {"flags": "0", "tag": "emite", "content": "x"}, "tag", "issuewild"),
        ("CAA", "@", {"flags": "7", "tag": "issue", "content": "x"}, "flags", "128"),
        ("CAA", "@", {"flags": "0", "tag": "iodef", "content": "yo@x.mx"}, "content", "mailto:"),
        ("TXT", "@", {"text": "x" * 4097}, "text", "4,096"),
        ("TXT", "@", {"text": '"sin cerrar'}, "text", "comillas"),
        ("TXT", "@", {"text": "dos\nlíneas"}, "text", "una sola línea"),
        ("TXT", "a b", {"text": "x"}, "name", "no sirve"),
        ("TXT", "www.*", {"text": "x"}, "name", "asterisco"),
        ("TXT", "www.otro.mx.", {"text": "x"}, "name", "no está dentro"),
        ("TXT", "a" * 64, {"text": "x"}, "name", "63"),
        ("TXT", ".".join(["a" * 60] * 4), {"text": "x"}, "name", "253"),
        ("TXT", "😀", {"text": "x"}, "name", "no puede ser"),
    ],
)
def test_each_mistake_is_told_at_its_field(kind, name, parts, field, reason):
    with pytest.raises(BusinessError, match=reason) as refused:
        clean(kind, name, **parts)
    assert refused.value.field == field


def test_a_long_text_is_split_and_read_whole():
    record = clean("TXT", "sel._domainkey", text="v=DKIM1; p=" + "A" * 600)
    assert record.value.count('" "') == 2
    assert parts_of("TXT", record.value)["text"].endswith("A" * 600)


def test_a_long_text_may_be_pasted_with_its_quotes():
    assert clean("TXT", text=f'"{"x" * 400}"').value == f'"{"x" * 255}" "{"x" * 145}"'


def test_names_are_shown_readable():
    assert shown_value("MX", "10 mail.xn--espaa-rta.example.") == "10 mail.españa.example."


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=300).filter(lambda text: text.strip()))
def test_any_text_that_is_taken_comes_back_from_the_form(text):
    try:
        record = clean("TXT", text=text)
    except BusinessError:
        return
    assert clean("TXT", **parts_of("TXT", record.value)) == record


ALL = [
    clean("A", address="192.0.2.10"),
    clean("AAAA", "www", address="2001:db8::10"),
    clean("MX", preference="10", target="mail.panel.example"),
    clean("TXT", text='ñandú; con "comillas" y \\ barras'),
    clean("CNAME", "ayuda", target="www"),
    clean("SRV", "_sip._tcp", priority="10", weight="5", port="5060", target="sip"),
    clean("CAA", flags="0", tag=CAA_TAGS[0], content="letsencrypt.org; validationmethods=dns-01"),
    clean("NS", "sub", target="ns.otro.example"),
]


def test_a_zone_file_goes_out_and_comes_back():
    read = read_zone_file(ZONE, write_zone_file(ZONE, ALL))
    assert read.problems == read.notes == []
    assert read.records == sorted(ALL)


def test_a_file_of_another_provider_is_read():
    read = read_zone_file(
        ZONE,
        """$TTL 1h
@   IN  SOA ns1.otro.example. admin.otro.example. ( 2026112201 ; serial
            7200 3600 1209600 300 )
    IN  NS  ns1.otro.example.
    300 IN  A   192.0.2.1
www IN  CNAME @
$ORIGIN mail.cliente.example.
@   A   192.0.2.2 ; a comment; with semicolons
selector._domainkey TXT ( "v=DKIM1; k=rsa; "
    "p=AAAA" )
uno 30 A 192.0.2.3
\\052.dos 30 A 192.0.2.4
dos SSHFP 1 1 0123456789abcdef0123456789abcdef01234567
""",
    )
    assert [(each.line, each.message) for each in read.problems] == []
    assert [(record.name, record.kind, record.value, record.ttl) for record in read.records] == [
        ("*.dos.mail", "A", "192.0.2.4", 60),
        ("@", "A", "192.0.2.1", 300),
        ("mail", "A", "192.0.2.2", 3600),
        ("selector._domainkey.mail", "TXT", '"v=DKIM1; k=rsa; p=AAAA"', 3600),
        ("uno.mail", "A", "192.0.2.3", 60),
        ("www", "CNAME", "cliente.example.", 3600),
    ]
    assert [note.line for note in read.notes] == [11, 13]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("$INCLUDE /etc/passwd\n", 1, "INCLUDE no se acepta"),
        ("\n$GENERATE 1-1000000 h$ A 192.0.2.1\n", 2, "GENERATE no se acepta"),
        ("www A\n", 1, "le falta su valor"),
        ("www A 192.0.2\n", 1, "no es un valor"),
        ("www MX mail\n", 1, "no es un valor"),
        ("www HOLA 1\n", 1, "no es un tipo"),
        ("www IN A 192.0.2.1 (\n", 0, "paréntesis"),
        ('www TXT "abierto\n', 0, "comillas"),
        ("www.otro.example. A 192.0.2.1\n", 1, "no está dentro"),
        ("@ CNAME otro.example.\n", 1, "no puede ser un CNAME"),
        ("   A 192.0.2.1\n", 1, "falta el nombre"),
        ("; nada\n", 0, "no tiene registros."),
        ("x TYPE65280 \\# 1 00\n", 0, "de los que se administran aquí"),
        ("$ORIGIN\n", 1, "No entendemos"),
        ("www 99999999999 A 192.0.2.1\n", 1, "tiempo de vida"),
        ("_dmarc TXT v=DMARC1; p=none\n", 1, "entre comillas"),
        ("@ MX 10 192.0.2.1\n", 1, "no una dirección IP"),
        ("<html><body>hola</body></html>\n", 1, "No entendemos “<html>"),
        ("www CH A 192.0.2.1\n", 1, "no es un tipo"),
        ("$ORIGIN a..b\n", 1, "no es un nombre"),
        ("$ORIGIN a\n" * 200, 120, "no es un nombre"),
        (f"{'ñ.' * 5000}x A 192.0.2.1\n", 1, "253 caracteres"),
        (f'x TXT "{"ñ" * 30_000}"\n', 1, "demasiado largo"),
        ("a.*.b A 192.0.2.1\n", 1, "asterisco"),
        ("😀 A 192.0.2.1\n", 1, "no puede ser parte"),
    ],
)
def test_a_mistake_in_a_file_has_its_line(text, line, reason):
    problems = read_zone_file(ZONE, text).problems
    assert problems[0].line == line
    assert reason in problems[0].message


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("\ufeff$ORIGIN cliente.example.\r\nwww A 192.0.2.1\r\n", ["192.0.2.1"]),
        ("www A 192.0.2.1\rmail A 192.0.2.2\r", ["192.0.2.1", "192.0.2.2"]),
        ('t TXT "a\u2028b"\n', ['"a\\226\\128\\168b"']),
        ("_dmarc TXT v=DMARC1\\; p=none\n", ['"v=DMARC1; p=none"']),
        ("@ TXT v=spf1 mx -all\n", ['"v=spf1 mx -all"']),
        (f'k TXT "{"x" * 400}"\n', [f'"{"x" * 255}" "{"x" * 145}"']),
        (f"k TXT {'x' * 400}\n", [f'"{"x" * 255}" "{"x" * 145}"']),
        ("www A \\# 4 C0000201\n", ["192.0.2.1"]),
        ("$ORIGIN .\ncliente.example 1h IN A 192.0.2.1\n", ["192.0.2.1"]),
        ("@ SOA a. b. 1 2 3 4 5\n@ SOA c. d. 1 2 3 4 5\nwww A 192.0.2.1\n", ["192.0.2.1"]),
    ],
)
def test_a_file_is_read_as_its_writer_meant_it(text, values):
    read = read_zone_file(ZONE, text)
    assert read.problems == []
    assert sorted(record.value for record in read.records) == values


def test_a_dot_forgotten_at_the_end_is_pointed_out():
    [note] = read_zone_file(ZONE, "@ MX 10 mail.otro.com\n@ MX 20 mail\n@ MX 30 mail.otro.com.\n").notes
    assert "queda como mail.otro.com.cliente.example." in note.message


def test_a_file_that_is_too_long_ends_early():
    lines = "\n".join(f"h{number} A 192.0.2.1" for number in range(5001))
    assert "5,000" in read_zone_file(ZONE, lines).problems[0].message
    wrong = "\n".join("www A no" for _number in range(500))
    assert len(read_zone_file(ZONE, wrong).problems) == 50


@pytest.mark.parametrize(
    ("content", "text"),
    [("ñ".encode(), "ñ"), ("ñ".encode("cp1252"), "ñ"), ("ñ".encode("utf-16"), "ñ"), ("\ufeffñ".encode(), "ñ")],
)
def test_a_file_may_be_in_several_encodings(content, text):
    assert decoded(content) == text


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"x" * (MAX_BYTES + 1)])
def test_what_is_no_text_or_too_large_is_refused(content):
    with pytest.raises(BusinessError):
        decoded(content)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(["$ORIGIN", "$TTL", "\n", " ", "A", "IN", "TXT", "MX", "CNAME", "SRV", "CAA", "10", "..", "@"])
    ),
    st.text(alphabet=st.sampled_from('ab.@*_$ \t\n"();\\1TXAN\u00f1\x00\x7f'), max_size=80),
)
def test_no_file_brings_the_reader_down(words, text):
    for shape in (text, " ".join([*words, text]), " ".join([text, *words])):
        read_zone_file(ZONE, shape)
