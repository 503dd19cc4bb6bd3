"""Names of domains: each mistake has its own words, and what comes through is what DNS and registries want."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpanel.core.domain_names import (
    clean_domain,
    clean_registrable,
    ending,
    lookalike_warning,
    readable,
    registrable,
)
from cloudpanel.core.exceptions import BusinessError


@pytest.mark.parametrize(
    ("typed", "wire"),
    [
        ("empresa.com.mx", "empresa.com.mx"),
        (" EMPRESA.com. ", "empresa.com"),
        ("compañía.mx", "xn--compaa-7va5a.mx"),
        ("COMPAÑÍA。mx", "xn--compaa-7va5a.mx"),
        ("straße.de", "xn--strae-oqa.de"),  # IDNA 2008, not 2003: no "ss"
        ("ｅｍｐｒｅｓａ.com", "empresa.com"),
        ("xn--espaa-rta.example", "xn--espaa-rta.example"),
        ("www.empresa.com.mx", "www.empresa.com.mx"),
    ],
)
def test_names_go_over_the_wire_as_a_labels(typed, wire):
    assert clean_domain(typed) == wire


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Escriba el dominio."),
        ("mi empresa.com", "espacios"),
        ("https://www.empresa.com.mx/ventas?x=1", "sin http.*¿Quiso decir empresa.com.mx?"),
        ("empresa.com/ventas", "diagonales.*¿Quiso decir empresa.com?"),
        ("ana@empresa.com", "arroba.*¿Quiso decir empresa.com?"),
        ("empresa.com:8080", "puerto.*¿Quiso decir empresa.com?"),
        ("http://", "sin http"),
        ("mi_empresa.com", "guion bajo"),
        ("💥.com", "emojis.*💥"),
        ("i❤️.com", "emojis"),
        ("empresa.com..", "punto de más"),
        (".empresa.com", "punto de más"),
        ("a" * 64 + ".com", "63 caracteres.*64"),
        ("ñ" * 60 + ".com", "63 caracteres"),
        (".".join(["a" * 60] * 5) + ".com", "253 caracteres.*308"),
        ("com.mx", "“com.mx” es una terminación pública"),
        ("localhost", "falta la terminación"),
        ("192.168.1.1", "dirección IP"),
        ("2001:db8::1", "dirección IP"),
        ("empresa.123", "no puede ser un número"),
        ("-empresa.com", "guion"),
        ("compañía-.com", "guion"),
        ("xn--a.com", "xn--"),
        ("a,b.com", "“,”"),
        ("empresa\u202e.com", "no se ve"),
        ("\x00.com", "no se ve"),
    ],
)
def test_each_mistake_has_its_own_words(typed, says):
    with pytest.raises(BusinessError, match=says.replace("?", r"\?")) as refusal:
        clean_domain(typed, field="name")
    assert refusal.value.field == "name"


def test_a_name_within_a_domain_is_not_the_domain():
    with pytest.raises(BusinessError, match=r"Escriba el dominio: compañía\.mx"):
        clean_registrable("www.compañía.mx")
    assert clean_registrable("empresa.com.mx") == "empresa.com.mx"


def test_the_public_suffix_says_where_a_domain_begins():
    assert registrable("a.b.empresa.com.mx") == "empresa.com.mx"
    assert (registrable("com.mx"), ending("empresa.com.mx"), ending("empresa.mx")) == ("", "com.mx", "mx")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("аррӏе.com", "confundirse"),
        ("gооgle.com", "“google”"),
        ("paypaı.com", "“paypai”"),
        ("εmpresa.com", "varios alfabetos"),
    ],
)
def test_disguised_names_are_pointed_out(typed, says):
    assert says in lookalike_warning(clean_domain(typed))


@pytest.mark.parametrize(
    "typed", ["españa.mx", "россия.рф", "日本.jp", "straße.de", "łódź.pl", "ελλάδα.gr", "empresa.com"]
)
def test_honest_names_of_any_alphabet_are_not(typed):
    assert lookalike_warning(clean_domain(typed)) == ""


@settings(max_examples=60)
@given(st.text(max_size=80) | st.from_regex(r"[a-zñü0-9.-]{1,80}", fullmatch=True))
def test_whatever_is_typed_is_clean_or_refused_in_words(typed):
    try:
        name = clean_domain(typed)
    except BusinessError as error:
        refusal = error
    else:
        assert name.isascii()
        assert clean_domain(name) == name == clean_domain(readable(name))
        assert name.endswith(registrable(name))
        assert isinstance(lookalike_warning(name), str)
        return
    assert refusal.user_message
