"""Keyset pages neither repeat nor hide a row, whatever happens between two clicks; counts have a ceiling."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.models import Account
from cloudpanel.core.pagination import LAST, CappedCount, capped_count, keyset_page
from tests.factories import AccountFactory

ORDER = ("legal_name", "pk")


@pytest.fixture
def accounts(db):
    """Seven rows of which five share one name: ties are what paging gets wrong."""
    names = ["Beta", "Beta", "Alfa", "Beta", "Gama", "Beta", "Beta"]
    return [AccountFactory(legal_name=name) for name in names]


def in_order():
    return list(Account.objects.order_by(*ORDER).values_list("pk", flat=True))


def walk(step: str, cursor: str = "", order=ORDER, queryset=None) -> list[int]:
    seen: list[int] = []
    while True:
        page = keyset_page(queryset or Account.objects.all(), order=order, cursor=cursor, size=2)
        pks = [row.pk for row in page.rows]
        seen = seen + pks if step == "next_cursor" else pks + seen
        cursor = getattr(page, step)
        if not cursor:
            return seen


def test_walking_forward_shows_every_row_once_in_spite_of_ties(accounts):
    assert walk("next_cursor") == in_order()


def test_walking_backward_from_the_last_page_shows_every_row_once(accounts):
    assert walk("previous_cursor", LAST) == in_order()


def test_descending_lists_walk_the_other_way(accounts):
    assert walk("next_cursor", order=("-legal_name", "-pk")) == in_order()[::-1]


def test_going_forward_and_back_returns_to_the_same_rows(accounts):
    first = keyset_page(Account.objects.all(), order=ORDER, size=3)
    second = keyset_page(Account.objects.all(), order=ORDER, size=3, cursor=first.next_cursor)
    again = keyset_page(Account.objects.all(), order=ORDER, size=3, cursor=second.previous_cursor)
    assert again.rows == first.rows
    assert again.previous_cursor == ""
    assert again.next_cursor == first.next_cursor


def test_a_row_removed_between_two_clicks_hides_no_other(accounts):
    first = keyset_page(Account.objects.all(), order=ORDER, size=3)
    expected = in_order()[3:]
    first.rows[-1].delete()
    assert walk("next_cursor", first.next_cursor) == expected


def test_a_page_whose_rows_are_all_gone_shows_the_nearest_one_left(accounts):
    cursor = keyset_page(Account.objects.all(), order=ORDER, size=6).next_cursor
    Account.objects.filter(pk=in_order()[-1]).delete()
    page = keyset_page(Account.objects.all(), order=ORDER, size=6, cursor=cursor)
    assert [row.pk for row in page.rows] == in_order()


def test_rows_may_be_dictionaries_and_keys_may_be_times_to_the_microsecond(accounts):
    rows = Account.objects.values("pk", "created_at")
    assert [row["pk"] for row in keyset_page(rows, order=("created_at", "pk"), size=9).rows] == [
        account.pk for account in accounts
    ]
    first = keyset_page(rows, order=("created_at", "pk"), size=3)
    second = keyset_page(rows, order=("created_at", "pk"), size=3, cursor=first.next_cursor)
    assert [row["pk"] for row in second.rows] == [account.pk for account in accounts[3:6]]


@pytest.mark.parametrize("cursor", ["", "x", "WyJ4Il0:abc", "\x00", "a" * 5000, "ñ:ñ"])
def test_a_cursor_that_was_not_given_by_the_list_shows_the_first_page(accounts, cursor):
    assert [row.pk for row in keyset_page(Account.objects.all(), order=ORDER, cursor=cursor, size=2).rows] == (
        in_order()[:2]
    )


def test_the_cursor_of_another_list_shows_the_first_page(accounts):
    other = keyset_page(Account.objects.all(), order=("-pk",), size=2).next_cursor
    page = keyset_page(Account.objects.all(), order=ORDER, cursor=other, size=2)
    assert [row.pk for row in page.rows] == in_order()[:2]


def test_an_empty_list_has_no_way_on(db):
    page = keyset_page(Account.objects.all(), order=ORDER)
    assert not page
    assert (page.next_cursor, page.previous_cursor) == ("", "")


def test_a_page_is_one_statement(accounts, django_assert_num_queries):
    cursor = keyset_page(Account.objects.all(), order=ORDER, size=2).next_cursor
    with django_assert_num_queries(1):
        keyset_page(Account.objects.all(), order=ORDER, size=2, cursor=cursor)


def test_columns_that_go_different_ways_are_refused(db):
    with pytest.raises(ValueError, match="same way"):
        keyset_page(Account.objects.all(), order=("-legal_name", "pk"))


def test_a_count_stops_at_its_ceiling(accounts):
    assert capped_count(Account.objects.all(), limit=7) == CappedCount(7)
    assert capped_count(Account.objects.all(), limit=6) == CappedCount(6, is_capped=True)


def test_a_capped_count_says_so_in_words():
    with translation.override("es-mx"):
        assert str(CappedCount(10_000, is_capped=True)) == "más de 10,000"
        assert str(CappedCount(1_234)) == "1,234"
