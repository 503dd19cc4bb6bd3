"""The mailboxes of who is deleted: kept without person, given to a colleague, or deleted; and the owner's own page."""

import pytest

from accounts.models import Membership
from exchange.models import Mailbox
from users.services.removal import Fate, delete_members


@pytest.fixture
def mailbox(make_mailbox, service_user):
    row = make_mailbox("sofia")
    Mailbox.objects.filter(pk=row.pk).update(user=service_user)
    return row


def leave(actor, account, user, **answers):
    members = list(Membership.objects.filter(user=user).select_related("user", "account"))
    return delete_members(actor=actor, account=account, members=members, **answers)


def page_of(user):
    return f"/usuarios/{user.memberships.get().public_id}/"


def test_the_page_of_a_person_names_their_mailbox(administrator_client, mailbox, service_user):
    assert mailbox.address in administrator_client.get(page_of(service_user)).content.decode()


def test_it_is_kept_without_person(actor, account, mailbox, service_user):
    leave(actor, account, service_user, things=Fate.KEEP)
    mailbox.refresh_from_db()
    assert mailbox.user is None
    assert mailbox.state == Mailbox.State.ACTIVE


def test_it_goes_to_a_colleague(actor, account, mailbox, service_user, delegate):
    leave(actor, account, service_user, things=Fate.GIVE, heir=delegate.memberships.get())
    mailbox.refresh_from_db()
    assert mailbox.user == delegate


def test_a_colleague_with_a_mailbox_gets_no_second(administrator_client, mailbox, make_mailbox, service_user, delegate):
    Mailbox.objects.filter(pk=make_mailbox("diego").pk).update(user=delegate)
    answers = {"things": "give", "heir": delegate.email}
    page = administrator_client.post(f"{page_of(service_user)}eliminar/", answers).content.decode()
    assert "más de un buzón" in page
    assert service_user.memberships.exists()


def test_it_is_deleted_as_by_hand(actor, account, mailbox, service_user, run_jobs):
    leave(actor, account, service_user, things=Fate.REMOVE)
    run_jobs()
    mailbox.refresh_from_db()
    assert mailbox.deleted_at is not None


def test_the_own_page_says_what_to_type(service_user_client, mailbox, settings):
    page = service_user_client.get("/mis-servicios/").content.decode()
    for text in (mailbox.address, settings.MAIL_HOST, str(settings.MAIL_IMAP_PORT)):
        assert text in page


def test_the_owner_chooses_the_mailboxs_password(service_user_client, mailbox, mail, run_jobs):
    address = f"/exchange/mi-buzon/{mailbox.public_id}/contrasena/"
    assert service_user_client.get(address).status_code == 200
    assert service_user_client.post(address, {"password": "hola"}).status_code == 200
    response = service_user_client.post(address, {"password": "otra-grapa-violeta-77"})
    assert response.status_code == 302
    run_jobs()


def test_nobody_else_does(administrator_client, delegate_client, stranger_client, mailbox):
    address = f"/exchange/mi-buzon/{mailbox.public_id}/contrasena/"
    for client in (administrator_client, delegate_client, stranger_client):
        assert client.get(address).status_code == client.post(address).status_code == 404
