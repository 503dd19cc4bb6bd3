from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudpanel.core.exceptions import BusinessError
from marketplace.services.resources import available, release, reserve
from tests.examples import examples
from tests.factories import SubscriptionFactory

pytestmark = pytest.mark.django_db


def test_a_reservation_takes_from_what_is_included(subscription):
    reserve(subscription, "mailboxes", 3)
    assert available(subscription, "mailboxes") == 7


def test_beyond_the_limit_nothing_is_taken_and_the_sentence_says_how_much_there_was(subscription):
    reserve(subscription, "mailboxes", 8)
    with pytest.raises(BusinessError, match="Hacen falta 3 buzones y quedan 2 buzones de 10 buzones") as refusal:
        reserve(subscription, "mailboxes", 3)
    assert refusal.value.code == "limit_reached"
    assert available(subscription, "mailboxes") == 2


def test_at_the_limit_the_sentence_names_it(subscription):
    reserve(subscription, "mailboxes", 10)
    with pytest.raises(BusinessError, match="Llegó al límite de su suscripción: 10 buzones"):
        reserve(subscription, "mailboxes")


def test_what_the_plan_does_not_include_cannot_be_reserved(account):
    subscription = SubscriptionFactory(account=account, resources={"storage_gb": 5})
    with pytest.raises(BusinessError, match="0 buzones"):
        reserve(subscription, "mailboxes")


@pytest.mark.parametrize("n", [2**31 - 1, 2**31, 10**30])
def test_an_absurd_amount_is_refused_like_any_other(subscription, n):
    with pytest.raises(BusinessError):
        reserve(subscription, "mailboxes", n)


def test_a_negative_amount_is_a_programming_error(subscription):
    with pytest.raises(ValueError, match="counts"):
        reserve(subscription, "mailboxes", -1)


def test_more_than_was_taken_cannot_be_given_back(subscription):
    reserve(subscription, "mailboxes", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        release(subscription, "mailboxes", 2)


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=12))
def test_used_is_always_what_was_taken_less_what_was_given_back(subscription, moves):
    with transaction.atomic():
        used = 0
        for takes, n in moves:
            if takes and used + n <= 10:
                reserve(subscription, "mailboxes", n)
                used += n
            elif takes:
                with pytest.raises(BusinessError):
                    reserve(subscription, "mailboxes", n)
            elif n <= used:
                release(subscription, "mailboxes", n)
                used -= n
            assert available(subscription, "mailboxes") == 10 - used
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_get_the_ten_that_there_are(subscription):
    start, taken, refused = threading.Barrier(20), [], []

    def take() -> None:
        start.wait(10)
        try:
            reserve(subscription, "mailboxes")
            taken.append(1)
        except BusinessError:
            refused.append(1)
        finally:
            connection.close()

    people = [threading.Thread(target=take) for _ in range(20)]
    for person in people:
        person.start()
    for person in people:
        person.join(20)
    assert (len(taken), len(refused)) == (10, 10)
    assert available(subscription, "mailboxes") == 0
