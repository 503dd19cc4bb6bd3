"""What becomes of mailboxes is asked, never assumed; and their own people see how to use them."""

import pytest


def page_of(user, suffix):
    return f"/usuarios/{user.memberships.get().public_id}/{suffix}"


def delete(client, user, **answers):
    return client.post(page_of(user, "eliminar/"), answers)


def test_deleting_shows_and_asks(administrator_client, delegate, things):
    things[delegate.pk] = ["diego@correo.example"]
    page = administrator_client.get(page_of(delegate, "eliminar/")).content.decode()
    assert "diego@correo.example" in page
    response = delete(administrator_client, delegate)
    assert response.status_code == 200
    assert things == {delegate.pk: ["diego@correo.example"]}


@pytest.mark.parametrize(("fate", "left"), [("keep", {0: ["d@x.example"]}), ("remove", {})])
def test_things_are_kept_without_person_or_deleted(administrator_client, delegate, things, fate, left):
    things[delegate.pk] = ["d@x.example"]
    delete(administrator_client, delegate, things=fate)
    assert things == left


def test_things_can_be_given_to_a_colleague(administrator_client, delegate, service_user, things):
    things[delegate.pk] = ["d@x.example"]
    delete(administrator_client, delegate, things="give", heir=service_user.email)
    assert things == {service_user.pk: ["d@x.example"]}


def test_nobody_of_another_account_can_inherit(administrator_client, delegate, stranger, things):
    things[delegate.pk] = ["d@x.example"]
    assert delete(administrator_client, delegate, things="give", heir=stranger.email).status_code == 200
    assert things == {delegate.pk: ["d@x.example"]}


def test_the_person_deleted_cannot_inherit(administrator_client, delegate, things):
    things[delegate.pk] = ["d@x.example"]
    assert delete(administrator_client, delegate, things="give", heir=delegate.email).status_code == 200
    assert delegate.memberships.exists()


def test_the_own_page_says_how_to_use_it(service_user_client, service_user, things):
    things[service_user.pk] = ["sofia@correo.example"]
    page = service_user_client.get("/mis-servicios/").content.decode()
    for text in ("sofia@correo.example", "mail.panel.example", "Cambiar mi contraseña"):
        assert text in page


def test_the_own_page_shows_nobody_elses(service_user_client, delegate, things):
    things[delegate.pk] = ["diego@correo.example"]
    page = service_user_client.get("/mis-servicios/").content.decode()
    assert "diego@correo.example" not in page
    assert "Todavía no tiene servicios asignados" in page
