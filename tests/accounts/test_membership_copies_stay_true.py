"""What a membership copies from its person is filled and kept equal by the database, whoever writes."""

from accounts.models import Membership, User
from tests.factories import MembershipFactory


def test_a_new_membership_takes_address_and_name(delegate):
    membership = delegate.memberships.get()
    assert (membership.email, membership.name) == ("diego@empresa.example", "Diego Ortiz")
    assert membership.search_text == "diego ortiz diego@empresa.example"


def test_a_new_address_reaches_every_account(delegate, other_account):
    MembershipFactory(user=delegate, account=other_account)
    User.objects.filter(pk=delegate.pk).update(email="nuevo@empresa.example")
    assert set(delegate.memberships.values_list("email", flat=True)) == {"nuevo@empresa.example"}


def test_a_new_name_reaches_the_accounts_that_used_the_old_one(delegate, other_account):
    MembershipFactory(user=delegate, account=other_account, name="El de soporte")
    delegate.name = "Diego Ñáñez"
    delegate.save(update_fields=["name"])
    assert set(delegate.memberships.values_list("name", flat=True)) == {"Diego Ñáñez", "El de soporte"}


def test_many_at_once_are_filled_too(account, delegate, stranger):
    Membership.objects.bulk_create([Membership(account=account, user=stranger, role="delegate")])
    assert stranger.memberships.get(account=account).email == "enrique@otra.example"


def test_a_pending_or_disabled_membership_lets_nobody_in(delegate, delegate_client):
    for change in ({"is_pending": True}, {"is_pending": False, "is_active": False}):
        delegate.memberships.update(**change)
        assert delegate_client.get("/").status_code == 403
