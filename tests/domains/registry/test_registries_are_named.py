"""REGISTRIES: a mistake in it stops the start with a sentence."""

from __future__ import annotations

import pytest

from domains.registries import ImproperRegistries, read_registries

ONE = '{"endings": ["mx", "com.mx"], "options": {"host": "epp.example"}}'


def test_each_entry_is_a_driver_of_its_own():
    found = read_registries(f'{{"mx": {ONE}}}')["mx"]
    assert (found.driver_name, found.endings) == ("registry:mx", ("mx", "com.mx"))
    assert found.driver["options"] == {"settings": {"host": "epp.example"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "not a JSON object"),
        ('{"mx": {"endings": ["mx"]}}', "needs endings and options"),
        (f'{{"a": {ONE}, "b": {ONE}}}', "mx twice"),
    ],
)
def test_what_cannot_be_used_is_named(text, words):
    with pytest.raises(ImproperRegistries, match=words):
        read_registries(text)


def test_without_any_nothing_is_sold():
    assert read_registries("") == {}
