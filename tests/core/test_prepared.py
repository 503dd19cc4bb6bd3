"""A prepared query says the same as the queryset that it was made of, with other values each time."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db.models import F

from accounts.models import Membership
from cloudpanel.core.pagination import LAST, CappedCount, PreparedPages, keyset_page, total_of
from cloudpanel.core.prepared import Like, PreparedRows, Search, beginning, columns_of, containing, instance_of
from marketplace.models import Plan
from tests.factories import AccountFactory, MembershipFactory, PlanFactory

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


def search_of(scope: int, word: str):
    found = Membership.objects.filter(Like(F("name"), word), account=scope)
    return Search.of(found, Membership.objects.values(*COLUMNS), limit=3)


HITS = PreparedPages(search_of, order=ORDER, size=2, types={"word": str})


def names_found(account, word: str) -> list[str]:
    return [row["name"] for row in HITS.page(account.pk, word=word).rows]


def test_a_search_shows_what_it_found_in_order_and_how_much(account):
    page = HITS.page(account.pk, word=containing("a"))
    assert [row["name"] for row in page.rows] == ["Alfa", "Beta"]
    assert total_of(page, limit=3) == CappedCount(3, is_capped=True)


def test_a_search_is_one_statement_on_every_page(account, django_assert_num_queries):
    cursor = HITS.page(account.pk, word=containing("eta")).next_cursor
    with django_assert_num_queries(1):
        assert len(HITS.page(account.pk, cursor, word=containing("eta")).rows) == 1


def test_a_search_that_finds_nothing_counts_nothing(account):
    page = HITS.page(account.pk, word=containing("zeta"))
    assert (page.rows, total_of(page)) == ([], CappedCount(0))


@pytest.mark.parametrize("word", ["%", "_", "\\", "100%_a\\"])
def test_signs_that_mean_something_to_like_are_looked_for_as_they_are(account, word):
    MembershipFactory(account=account, name=f"x{word}y")
    assert names_found(account, containing(word)) == [f"x{word}y"]
    assert names_found(account, beginning(word)) == []


def test_a_value_may_be_a_uuid(account):
    rows = PreparedRows(lambda public: Membership.objects.filter(public_id=public).values("name"), public=UUID)
    alfa = Membership.objects.get(name="Alfa")
    assert rows.fetch(public=alfa.public_id) == [{"name": "Alfa"}]


def test_a_row_becomes_the_model_that_it_is(db):
    plan = PlanFactory(resources={"mailboxes": 3})
    rows = PreparedRows(lambda pk: Plan.objects.filter(pk=pk).values(*columns_of(Plan)), pk=int)
    read = instance_of(Plan, rows.fetch(pk=plan.pk)[0])
    assert (read, read.resources, read._state.adding) == (plan, {"mailboxes": 3}, False)
