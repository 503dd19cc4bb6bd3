"""However an address is written, it is one person's."""

import pytest

from accounts.addresses import normalize_email, readable_email
from accounts.models import User


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana@EMPRESA.example ", "ana@empresa.example"),
        ("ａｎａ@empresa.example", "ana@empresa.example"),
        ("ana＠empresa.example", "ana@empresa.example"),
        ("ana@München.example", "ana@xn--mnchen-3ya.example"),
        ("ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
        ("ana@mu\u0308nchen.example", "ana@xn--mnchen-3ya.example"),
        ("no es una dirección", "no es una dirección"),
        ("a@" + "ñ" * 80 + ".example", "a@" + "ñ" * 80 + ".example"),
        ("", ""),
    ],
)
def test_forms_of_one_address_are_equal(typed, kept):
    assert normalize_email(typed) == kept


def test_a_person_reads_the_letters_and_not_the_code():
    assert readable_email("ana@xn--mnchen-3ya.example") == "ana@münchen.example"
    assert readable_email("ana@xn--\x00.example") == "ana@xn--\x00.example"


def test_a_person_is_found_by_any_form_of_the_address(db):
    user = User.objects.create_user("ana@münchen.example", "x", name="Ana")
    assert User.objects.get_by_natural_key("ANA@XN--MNCHEN-3YA.example") == user
