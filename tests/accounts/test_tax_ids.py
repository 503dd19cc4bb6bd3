import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.mx import rfc

from accounts.tax_ids import (
    GENERIC_FOREIGN,
    GENERIC_NATIONAL,
    TAX_REGIMES,
    TaxIdError,
    TaxpayerKind,
    check_regime,
    check_tax_id,
    kind_of,
)

COMPANY, PERSON = "MAB9307148T4", "GODE561231GR8"
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÑ&", min_size=3, max_size=4)
dates = st.dates().map(lambda day: f"{day:%y%m%d}")
serials = st.tuples(st.sampled_from("123456789ABCDEFGHIJKLMNPQRSTUV"), st.sampled_from("123456789ABCXYZ"))


@st.composite
def right_numbers(draw) -> str:
    """Numbers as the SAT forms them, with the check digit that belongs to them."""
    start = draw(letters)
    assume(start not in rfc._name_blacklist)
    body = start + draw(dates) + "".join(draw(serials))
    number = body + rfc.calc_check_digit(body)
    assume(number[-1] in "0123456789A" and rfc.is_valid(number))
    return number


@given(right_numbers())
def test_a_rightly_formed_number_is_accepted(number):
    assert check_tax_id(number) == number


@given(right_numbers(), st.sampled_from(["-", " ", "_"]))
def test_separators_case_and_width_do_not_matter(number, mark):
    split = len(number) - 9
    typed = mark.join([number[:split], number[split : split + 6], number[split + 6 :]]).lower()
    wide = "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" else c for c in typed)
    assert check_tax_id(f" {typed} ") == check_tax_id(wide) == number


@given(right_numbers(), st.sampled_from("0123456789A"))
def test_another_last_character_is_doubtful_until_it_is_confirmed(number, last):
    assume(last != number[-1])
    wrong = number[:-1] + last
    with pytest.raises(TaxIdError) as caught:
        check_tax_id(wrong)
    assert caught.value.is_doubtful
    assert check_tax_id(wrong, trust_check_digit=True) == wrong


@given(st.text(max_size=20))
def test_any_other_text_is_refused_in_words(text):
    assume(not rfc.is_valid(text))
    with pytest.raises(TaxIdError) as caught:
        check_tax_id(text)
    assert str(caught.value.message)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("MAB930714", "12 caracteres"),
        ("COMG600703", "12 caracteres"),  # a person's number without homoclave
        ("MAB9313148T4", "fecha"),
        ("1AB9307148T4", "forma"),
        ("PEDO561231GR8", "letras"),
    ],
)
def test_each_mistake_has_its_own_words(text, word):
    with pytest.raises(TaxIdError, match=word):
        check_tax_id(text)


def test_length_tells_companies_from_persons():
    assert kind_of(COMPANY) is TaxpayerKind.COMPANY
    assert kind_of(PERSON) is TaxpayerKind.PERSON


@pytest.mark.parametrize("regime", TAX_REGIMES)
def test_each_regime_is_open_to_whom_the_catalogue_says(regime):
    for number in (COMPANY, PERSON):
        if kind_of(number) in TAX_REGIMES[regime][1]:
            check_regime(number, regime)
        else:
            with pytest.raises(TaxIdError):
                check_regime(number, regime)


def test_the_generic_numbers_have_their_own_regimes():
    assert check_tax_id("xaxx010101000") == GENERIC_NATIONAL
    check_regime(GENERIC_NATIONAL, "616")
    check_regime(GENERIC_FOREIGN, "610")
    for number, regime in ((GENERIC_NATIONAL, "612"), (GENERIC_FOREIGN, "601")):
        with pytest.raises(TaxIdError):
            check_regime(number, regime)
