"""The frame around every page: menu, área de información, banner, theme, headers."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import resolve

from accounts.models import Role
from accounts.notifications import notify
from cloudpanel.help_topics import TOPICS
from marketplace.models import ServiceDelegation, Subscription
from tests.factories import MembershipFactory, SubscriptionFactory

MENU = re.compile(r'<nav class="side".*?</nav>', re.DOTALL)


def page(client: Client, address: str = "/", **more) -> str:
    return client.get(address, **more).content.decode()


def menu(client: Client, address: str = "/") -> str:
    found = MENU.search(page(client, address))
    assert found
    return found.group()


@pytest.mark.parametrize("address", ["/", "/perfil/", "/notificaciones/", "/ayuda/", *[f"/ayuda/{t}/" for t in TOPICS]])
def test_every_page_of_the_frame_opens(administrator_client, address):
    assert administrator_client.get(address).status_code == 200


def test_no_entry_of_the_menu_leads_nowhere(administrator_client, account):
    SubscriptionFactory(account=account)
    for address in re.findall(r'href="([^"]+)"', menu(administrator_client)):
        resolve(address)


def test_the_administrator_sees_the_whole_menu(administrator_client):
    shown = menu(administrator_client)
    for words in ("Inicio", "Mercado", "Cuenta", "Pedidos y facturas", "Suscripciones"):
        assert words in shown


def test_a_delegate_sees_only_what_is_delegated(delegate_client, delegate, account):
    mine, other = SubscriptionFactory(account=account, name="Correo Ventas"), SubscriptionFactory(account=account)
    ServiceDelegation.objects.create(subscription=mine, user=delegate)
    shown = menu(delegate_client)
    assert "Correo Ventas" in shown
    assert str(other.public_id) not in shown
    assert "Mercado" not in shown
    assert "Pedidos y facturas" not in shown


def test_a_service_user_sees_neither_market_nor_account(service_user_client, account):
    SubscriptionFactory(account=account, name="Correo Ventas")
    shown = menu(service_user_client)
    for words in ("Mercado", "Pedidos y facturas", "Correo Ventas"):
        assert words not in shown


def test_active_subscriptions_unfold_in_the_menu_and_lead_to_their_panel(administrator_client, account):
    service = SubscriptionFactory(account=account, name="Correo Ventas")
    SubscriptionFactory(account=account, name="Correo viejo", state=Subscription.State.TERMINATED)
    shown = menu(administrator_client)
    assert "Correo Ventas" in shown
    assert service.get_absolute_url() in shown
    assert "Correo viejo" not in shown


def test_a_menu_of_fifty_services_shows_the_first_ones_the_open_one_and_the_way_to_all(administrator_client, account):
    services = [SubscriptionFactory(account=account, name=f"Correo {n:02}") for n in range(50)]
    shown = menu(administrator_client)
    assert [f"Correo {n:02}" in shown for n in (0, 7, 8, 40)] == [True, True, False, False]
    assert 'href="/otros-servicios/"' in shown
    opened = menu(administrator_client, services[40].get_absolute_url())
    assert "Correo 40" in opened
    assert "Correo 39" not in opened


def test_another_customers_services_are_not_in_the_menu(administrator_client, other_account):
    SubscriptionFactory(account=other_account, name="Correo ajeno")
    assert "Correo ajeno" not in page(administrator_client)


def test_the_frame_costs_two_statements_whatever_is_in_it(
    administrator_client, administrator, account, django_assert_max_num_queries
):
    for n in range(5):
        SubscriptionFactory(account=account, name=f"Servicio {n}")
        notify(account=account, users=[administrator], title="Aviso")
    administrator_client.get("/perfil/")
    with django_assert_max_num_queries(4):  # session, user; memberships with the count of unread, menu
        administrator_client.get("/perfil/")


def test_the_current_page_is_marked_in_the_menu(administrator_client):
    assert re.search(r'href="/" aria-current="page"', menu(administrator_client))


def test_the_bell_counts_what_is_unread(administrator_client, administrator, account):
    notify(account=account, users=[administrator], title="Uno")
    notify(account=account, users=[administrator], title="Dos")
    assert re.search(r'top-count">2<span class="visually-hidden"> sin leer', page(administrator_client))


def test_help_opens_at_the_page_that_explains_the_screen(administrator_client):
    assert 'href="/ayuda/perfil/"' in page(administrator_client, "/perfil/")


def test_help_is_open_to_who_cannot_sign_in(client, db):
    assert "Ingreso bloqueado" in page(client, "/ayuda/ingreso/")


def test_help_speaks_the_readers_language(client, db):
    assert "Sign-in locked" in page(client, "/ayuda/ingreso/", headers={"accept-language": "en"})


def test_help_on_what_does_not_exist_is_a_404(client, db):
    assert client.get("/ayuda/nada/").status_code == 404


def test_who_belongs_to_several_accounts_can_switch(administrator_client, administrator, other_account):
    MembershipFactory(account=other_account, user=administrator, role=Role.SERVICE_USER)
    assert "Otra Empresa SA de CV" in page(administrator_client)
    answer = administrator_client.post("/cuenta/cambiar/", {"account": other_account.public_id}, follow=True)
    assert "Ahora trabaja en la cuenta Otra Empresa" in answer.content.decode()
    assert answer.context["membership"].role == Role.SERVICE_USER


def test_who_belongs_to_one_account_is_offered_no_choice(administrator_client):
    assert 'action="/cuenta/cambiar/"' not in page(administrator_client)


@pytest.mark.parametrize("account_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_an_account_that_is_not_ones_own_cannot_be_chosen(administrator_client, account_id):
    answer = administrator_client.post("/cuenta/cambiar/", {"account": account_id}, follow=True)
    assert "Usted ya no tiene acceso a esa cuenta" in answer.content.decode()


def test_a_strangers_account_cannot_be_chosen(administrator_client, other_account, account):
    administrator_client.post("/cuenta/cambiar/", {"account": other_account.public_id})
    assert administrator_client.get("/").context["account"] == account


def test_switching_is_a_post(administrator_client):
    assert administrator_client.get("/cuenta/cambiar/").status_code == 405


def test_support_that_entered_as_somebody_sees_a_banner_on_every_page(staff_client, administrator):
    staff_client.post("/admin/hijack/acquire/", {"user_pk": administrator.pk})
    shown = page(staff_client, "/perfil/")
    assert "Soporte entró como" in shown
    assert "Ana Núñez" in shown
    assert "/admin/hijack/release/" in shown


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_theme_is_kept_without_javascript(administrator_client, theme):
    answer = administrator_client.post("/perfil/apariencia/", {"theme": theme, "next": "/ayuda/"})
    assert answer.url == "/ayuda/"
    assert f'data-theme="{theme}"' in page(administrator_client)


def test_a_theme_that_does_not_exist_changes_nothing(client, db):
    answer = client.post("/perfil/apariencia/", {"theme": '"><script>', "next": "https://mala.example/"})
    assert answer.url == "/"
    assert not answer.cookies.get("theme")


@pytest.mark.parametrize(
    "back", ["NaN", "home", "x\x00y", "😀", "//mala.example/", "/\\mala.example", "javascript:alert(1)"]
)
def test_a_way_back_that_is_no_address_of_the_panel_leads_home(administrator_client, back):
    assert administrator_client.post("/perfil/apariencia/", {"theme": "dark", "next": back}).url == "/"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(administrator_client):
    policy = administrator_client.get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_admin_has_a_policy_of_its_own(staff_client):
    policy = staff_client.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in f"{policy};"
    assert "default-src 'none'" in policy


def test_the_browser_is_told_what_pages_need_not(client, db):
    headers = client.get("/acceso/login/").headers
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_there_is_one_heading_and_a_way_past_the_menu(administrator_client):
    shown = page(administrator_client, "/perfil/")
    assert shown.count("<h1") == 1
    assert '<a class="skip-link" href="#contenido">' in shown


def test_dates_are_written_as_in_mexico(administrator_client, administrator, account):
    notify(account=account, users=[administrator], title="Uno")
    shown = page(administrator_client, "/notificaciones/")
    assert re.search(r"\d+ de [a-z]+ de 20\d\d a las \d\d:\d\d", shown)


def test_search_engines_are_asked_to_stay_away(client):
    assert "Disallow: /" in client.get("/robots.txt").content.decode()
