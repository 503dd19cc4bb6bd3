import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_admin_sends_a_visitor_to_the_panels_own_sign_in(client):
    response = client.get("/admin/login/")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_support_sees_the_admin(staff_client):
    assert staff_client.get("/admin/").status_code == 200


def test_a_customer_is_refused(administrator_client):
    assert administrator_client.get("/admin/", follow=True).status_code == 403


def test_support_begins_in_the_admin_instead_of_being_refused(staff_client):
    assert staff_client.get("/").url == reverse("admin:index")
