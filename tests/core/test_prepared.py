"""A prepared query says the same as the queryset that it was made of, with other values each time."""

from __future__ import annotations

import pytest

from accounts.models import Membership
from cloudpanel.core.pagination import LAST, PreparedPages, keyset_page
from cloudpanel.core.prepared import PreparedRows
from tests.factories import AccountFactory, MembershipFactory

ORDER = ("name", "pk")
COLUMNS = ("pk", "name", "public_id")


def of_account(scope: int):
    return Membership.objects.filter(account=scope).values(*COLUMNS)


PAGES = PreparedPages(of_account, order=ORDER, size=2)


@pytest.fixture
def account(db):
    row = AccountFactory()
    for name in ["Beta", "Beta", "Alfa", "Beta", "Gama"]:
        MembershipFactory(account=row, name=name)
    MembershipFactory(name="Ajena")
    return row


@pytest.mark.parametrize(("way", "start"), [("next_cursor", ""), ("previous_cursor", LAST)])
def test_prepared_pages_are_the_pages_of_the_queryset(account, way, start):
    cursor, steps = start, 0
    while steps == 0 or cursor:
        ours, theirs = (
            PAGES.page(account.pk, cursor),
            keyset_page(of_account(account.pk), order=ORDER, cursor=cursor, size=2),
        )
        assert (ours.rows, ours.next_cursor, ours.previous_cursor) == (
            theirs.rows,
            theirs.next_cursor,
            theirs.previous_cursor,
        )
        cursor, steps = getattr(ours, way), steps + 1
    assert steps == 3


def test_another_scope_is_another_list(account):
    other = Membership.objects.get(name="Ajena")
    assert [row["pk"] for row in PAGES.page(other.account_id).rows] == [other.pk]


def test_a_page_that_has_gone_shows_the_nearest_one(account):
    cursor = PAGES.page(account.pk, LAST).previous_cursor
    Membership.objects.filter(account=account, name__in=["Alfa", "Beta"]).delete()
    assert [row["name"] for row in PAGES.page(account.pk, cursor).rows] == ["Gama"]


def test_a_page_is_one_statement(account, django_assert_num_queries):
    with django_assert_num_queries(1):
        PAGES.page(account.pk, PAGES._key.write({"pk": 1, "name": "B"}, backwards=False))


def test_values_must_be_those_that_were_named(account):
    rows = PreparedRows(of_account, scope=int)
    with pytest.raises(TypeError):
        rows.fetch(nobody=1)


def test_a_mark_that_the_query_loses_is_noticed(account):
    with pytest.raises(ValueError, match="name"):
        PreparedRows(lambda scope, name: of_account(scope), scope=int, name=str).fetch(scope=1, name="x")
