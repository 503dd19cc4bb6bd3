"""Whatever is typed: an answer in words, never a crash, and nothing that the mail system would refuse."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError
from exchange.drivers.addresses import is_address, is_domain, is_local_part
from exchange.drivers.checks import MAX_DISPLAY_NAME
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.mailboxes import clean_display_name
from exchange.services.passwords import clean_password, generate_password
from exchange.views.common import selection_in
from tests.exchange.conftest import url

anything = st.text(max_size=300) | st.from_regex(r"[a-z0-9._+-]{0,70}", fullmatch=True)
many = settings(max_examples=300, deadline=None)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answer(rule, text: str) -> tuple[str | None, BusinessError | None]:
    """What the rule made of it, or its refusal, which always is a sentence."""
    try:
        return rule(text), None
    except BusinessError as error:
        return None, error


@many
@given(anything)
def test_what_we_let_through_as_login_the_mail_system_takes(text):
    local, refusal = answer(clean_local_part, text)
    if refusal:
        assert (refusal.field, bool(refusal.user_message)) == ("local_part", True)
    else:
        assert is_local_part(local)
        assert is_address(join_address(local, "empresa.example"))


@many
@given(st.from_regex(r"[a-z0-9_]([a-z0-9_.-]{0,62}[a-z0-9_-])?", fullmatch=True).filter(is_local_part))
def test_what_the_mail_system_takes_we_let_through_unless_reserved(text):
    local, refusal = answer(clean_local_part, text)
    assert local == text or "reservado" in refusal.user_message


@many
@given(anything | st.from_regex(r"[a-zñü0-9.-]{1,80}", fullmatch=True))
def test_what_we_let_through_as_domain_the_mail_system_takes(text):
    name, refusal = answer(clean_domain, text)
    if refusal:
        assert refusal.user_message
    else:
        assert is_domain(name)
        assert clean_domain(name) == name


@many
@given(st.text(max_size=200))
def test_names_are_kept_as_typed_or_refused(text):
    name, refusal = answer(clean_display_name, text)
    if not refusal:
        assert name == " ".join(text.split(" ")).strip()
        assert 0 < len(name) <= MAX_DISPLAY_NAME
        assert not {"\x00", "\n"} & set(name)


@many
@given(st.text(max_size=200))
def test_passwords_are_good_or_refused(text):
    password, refusal = answer(clean_password, text)
    assert password == text or refusal.field == "password"


def test_generated_passwords_are_always_good_enough():
    made = {generate_password() for _ in range(200)}
    assert len(made) == 200
    assert all(clean_password(password) == password for password in made)


@few
@given(st.dictionaries(st.sampled_from(["mailbox[]", "todos", "q", "newest"]), st.text(max_size=60)))
def test_a_selection_can_be_anything(data):
    from django.http import QueryDict

    query = QueryDict(mutable=True)
    query.update(data)
    assert selection_in(query).newest >= 0


@pytest.mark.usefixtures("template")
@few
@given(
    data=st.fixed_dictionaries(
        {
            name: st.text(max_size=400)
            for name in ("display_name", "local_part", "password_by", "password", "link_email")
        }
    ),
    has_domain=st.booleans(),
)
def test_the_data_form_never_crashes(administrator_client, subscription, domain, data, has_domain):
    posted = {**data, "domain": str(domain.public_id) if has_domain else data["local_part"]}
    assert administrator_client.post(url("draft_data", subscription, uuid4()), posted).status_code in {200, 302}


@few
@given(query=st.text(max_size=120), cursor=st.text(max_size=120))
def test_the_list_never_crashes(administrator_client, subscription, query, cursor):
    response = administrator_client.get(url("mailboxes", subscription), {"q": query, "cursor": cursor})
    assert response.status_code == 200


@few
@given(name=st.text(max_size=300))
def test_the_domain_form_never_crashes(administrator_client, subscription, name):
    assert administrator_client.post(url("domains", subscription), {"name": name}).status_code in {200, 302}
