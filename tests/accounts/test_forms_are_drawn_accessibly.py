"""Every form is drawn by one renderer: labels, help and errors tied to their field."""

from __future__ import annotations

import re

import pytest
from django import forms


class Example(forms.Form):
    name = forms.CharField(label="Nombre", help_text="Como en su identificación.")
    note = forms.CharField(label="Nota", required=False, widget=forms.Textarea)
    plan = forms.ChoiceField(label="Plan", choices=[("a", "Uno"), ("b", "Dos")], widget=forms.RadioSelect)
    kind = forms.ChoiceField(label="Tipo", choices=[("a", "Uno")])
    terms = forms.BooleanField(label="Acepto")
    secret = forms.CharField(label="Clave", widget=forms.PasswordInput)
    token = forms.CharField(widget=forms.HiddenInput)


@pytest.fixture
def drawn() -> str:
    return str(Example())


@pytest.fixture
def wrong() -> str:
    return str(Example({"name": "", "kind": "x", "token": "t"}))


def tag_of(html: str, field: str) -> str:
    found = re.search(rf'<(?:input|select|textarea)[^>]*id="id_{field}"[^>]*>', html)
    assert found
    return found.group()


def test_each_field_has_a_label_and_its_look(drawn):
    assert '<label class="form-label" for="id_name">Nombre</label>' in drawn
    assert 'class="form-control"' in tag_of(drawn, "name")
    assert 'class="form-select"' in tag_of(drawn, "kind")
    assert 'class="form-check-input"' in tag_of(drawn, "terms")


def test_help_is_read_with_its_field(drawn):
    assert 'aria-describedby="id_name_helptext"' in tag_of(drawn, "name")
    assert 'id="id_name_helptext"' in drawn


def test_only_optional_fields_are_marked(drawn):
    assert re.search(r'for="id_note">Nota <span class="form-optional">\(opcional\)', drawn)
    assert drawn.count("(opcional)") == 1


def test_choices_are_a_group_with_a_name(drawn):
    assert re.search(r'<fieldset class="mb-3">\s*<legend class="form-label">Plan</legend>', drawn)
    assert '<label class="form-check-label" for="id_plan_0">Uno</label>' in drawn


def test_a_wrong_field_says_so_and_why(wrong):
    tag = tag_of(wrong, "name")
    assert 'aria-invalid="true"' in tag
    assert "is-invalid" in tag
    assert 'aria-describedby="id_name_helptext id_name_error"' in tag
    assert 'id="id_name_error"' in wrong


def test_mistakes_are_announced_above_and_lead_to_their_field(wrong):
    summary = wrong[wrong.index('role="alert"') : wrong.index("</ul>")]
    assert 'href="#id_name"' in summary
    assert 'href="#id_kind"' in summary


def test_a_password_can_be_shown_but_is_never_sent_back():
    html = str(Example({"secret": "muy-secreto", "name": "x"}))
    assert "muy-secreto" not in html
    assert 'data-reveal="id_secret"' in html


def test_what_was_typed_stays():
    assert 'value="Ñandú &lt;b&gt;"' in str(Example({"name": "Ñandú <b>"}))
