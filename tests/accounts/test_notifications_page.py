"""Notificaciones: the list, read and unread, and where a line leads."""

from __future__ import annotations

import pytest

from accounts.models import Notification
from accounts.notifications import notify

URL = "/notificaciones/"


@pytest.fixture
def notice(account, administrator) -> Notification:
    notify(
        account=account, users=[administrator], title="Su pedido 7 está listo", url="/cuenta/pedidos/", level="success"
    )
    return Notification.objects.get()


def read_at(notice):
    notice.refresh_from_db()
    return notice.read_at


def test_nothing_to_tell_is_said_kindly(administrator_client):
    assert "No tiene notificaciones" in administrator_client.get(URL).content.decode()


def test_the_list_shows_what_happened(administrator_client, notice):
    page = administrator_client.get(URL).content.decode()
    assert "Su pedido 7 está listo" in page
    assert "1 sin leer" in page


def test_opening_marks_as_read_and_leads_there(administrator_client, notice):
    assert administrator_client.post(f"{URL}{notice.public_id}/abrir/").url == "/cuenta/pedidos/"
    assert read_at(notice)


@pytest.mark.parametrize("url", ["https://mala.example/", "//mala.example/", "javascript:alert(1)", ""])
def test_only_addresses_of_the_panel_are_followed(administrator_client, notice, url):
    Notification.objects.update(url=url)
    assert administrator_client.post(f"{URL}{notice.public_id}/abrir/").url == URL


def test_one_can_be_marked_read_and_unread(administrator_client, notice):
    administrator_client.post(f"{URL}{notice.public_id}/leida/")
    assert read_at(notice)
    administrator_client.post(f"{URL}{notice.public_id}/no-leida/")
    assert read_at(notice) is None


def test_all_can_be_marked_read_at_once(administrator_client, administrator, account, notice):
    notify(account=account, users=[administrator], title="Otra")
    page = administrator_client.post(f"{URL}leer-todas/", follow=True).content.decode()
    assert "Marcó 2 notificaciones como leídas" in page
    assert not Notification.objects.filter(read_at__isnull=True).exists()


def test_marking_all_touches_nobody_elses(administrator_client, delegate, account, notice):
    notify(account=account, users=[delegate], title="Para Diego")
    administrator_client.post(f"{URL}leer-todas/")
    assert Notification.objects.get(user=delegate).read_at is None


def test_marking_is_a_post(administrator_client, notice):
    for action in ("abrir", "leida", "no-leida"):
        assert administrator_client.get(f"{URL}{notice.public_id}/{action}/").status_code == 405


def test_many_are_paged(administrator_client, administrator, account):
    for n in range(30):
        notify(account=account, users=[administrator], title=f"Aviso {n}")
    first = administrator_client.get(URL)
    assert len(first.context["page"].rows) == 25
    second = administrator_client.get(URL, {"cursor": first.context["page"].next_cursor})
    assert [row.title for row in second.context["page"].rows] == [f"Aviso {n}" for n in range(4, -1, -1)]


def test_the_list_costs_the_same_for_one_and_for_many(
    administrator_client, administrator, account, notice, django_assert_max_num_queries
):
    for n in range(24):
        notify(account=account, users=[administrator], title=f"Aviso {n}")
    administrator_client.get(URL)
    with django_assert_max_num_queries(5):  # session, user; memberships, menu; the page
        administrator_client.get(URL)


@pytest.mark.parametrize("action", ["abrir", "leida", "no-leida"])
def test_a_stranger_gets_404(stranger_client, notice, action):
    assert stranger_client.post(f"{URL}{notice.public_id}/{action}/").status_code == 404


@pytest.mark.parametrize("action", ["abrir", "leida", "no-leida"])
def test_another_person_of_the_account_gets_404(delegate_client, notice, action):
    assert delegate_client.post(f"{URL}{notice.public_id}/{action}/").status_code == 404


def test_who_belongs_to_no_account_gets_403(staff_client):
    assert staff_client.get(URL).status_code == 403
