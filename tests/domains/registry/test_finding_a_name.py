"""*Encontrar dominio*."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from domains.models import DomainSearch, SearchedName
from domains.sandbox.faults import Fault, Kind
from domains.services.searching import MOST_A_MINUTE
from tests.domains.registry.conftest import run_jobs


def search(panel, text: str) -> str:
    answer = panel.client.post("/dominios/nuevo/buscar/", {"buscar": text})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_answers_and_prices_per_year_come_for_every_ending(panel):
    address = search(panel, "transferible")
    assert "Faltan las respuestas" in panel.client.get(address).content.decode()
    run_jobs()
    page = panel.client.get(address).content.decode()
    names = dict(SearchedName.objects.values_list("name", "answer"))
    assert (names["transferible.com"], names["transferible.org.mx"]) == ("taken", "free")
    assert "al año" in page
    assert "Parecidos" in page
    assert 'name="dominio" value="transferible.org.mx"' in page
    assert 'name="buscar" value="transferible.mx"' in page  # to go on from


def test_a_registry_that_is_away_leaves_its_names_unknown_and_the_others_answered(panel, registry):
    registry.faults.add(Fault(Kind.CODE, verb="check", name="muebles.mx", amount=2400))
    search(panel, "muebles.mx")
    run_jobs()
    names = dict(SearchedName.objects.values_list("name", "answer"))
    assert (names["muebles.mx"], names["muebles.com"]) == ("unknown", "free")


def test_names_that_no_registry_answered_for_are_not_called_taken(panel, registry):
    registry.faults.add(Fault(Kind.CODE, verb="check", amount=2400, times=100))
    address = search(panel, "muebles.mx")
    run_jobs()
    registry.faults.clear()
    page = panel.client.get(address).content.decode()
    assert "No sabemos cuáles están disponibles" in page
    assert "Ninguno está disponible" not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://empresa.mx/inicio", "empresa.mx"),
        ("emp_resa", "guion"),
        ("com.mx", "terminación"),
        ("a" * 70, "63"),
        ("empresa.fr", "No vendemos la terminación .fr"),
        ("-empresa", "guion"),
        ("😀", "emojis"),
        ("empresa．fr", "No vendemos la terminación .fr"),
        ("impresora.local", "No vendemos la terminación .local"),
        ("www.empresa.mx", "Escriba el dominio: empresa.mx"),
        ("https://www.empresa.mx:8443/a?b=c#d", "¿Quiso decir empresa.mx?"),
        ("ventas@empresa.com.mx", "Esto parece un correo"),
        ("192.168.1.10", "dirección IP"),
        ("[2001:db8::1]", "dirección IP"),
        ("xn--zzzzzz--9", "empieza con xn--"),
        ("xn--.mx", "empieza con xn--"),
        ("em\u202epresa.mx", "no se ve"),
        (f"{'a.' * 130}mx", "253"),
        ("..", ""),
        ("uno.mx dos.com", "un solo nombre"),
        ("uno, dos.mx", "un solo nombre"),
        ("ab--cd.mx", "dos guiones seguidos"),
    ],
)
def test_what_is_no_name_is_explained(panel, text, words):
    page = panel.client.post("/dominios/nuevo/buscar/", {"buscar": text})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "id_buscar_error" in page.content.decode()
    assert not DomainSearch.objects.exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gob", "gob.com.mx"),  # gob.mx is an ending
        ("empresa . com .mx", "empresa.com.mx"),
        ("EMPRESA.COM.MX", "empresa.com.mx"),
        ("empresa。mx", "empresa.mx"),
        ("ｅｍｐｒｅｓａ．ｍｘ", "empresa.mx"),
        ("empresa.mx.", "empresa.mx"),
        ("  mi   Empresa ", "mi-empresa.com.mx"),
        ("xn--muebles-pea-beb.mx", "xn--muebles-pea-beb.mx"),
        ("PEÑA.mx", "xn--pea-8ma.mx"),
    ],
)
def test_what_is_a_name_is_looked_for_however_it_is_typed(panel, text, name):
    search(panel, text)
    assert SearchedName.objects.filter(name=name).exists()
    assert not SearchedName.objects.filter(name__regex=r"\.mx\.").exists()


def test_who_asks_and_asks_waits_a_minute(panel, account):
    DomainSearch.objects.bulk_create(DomainSearch(account=account, text="otra") for _n in range(MOST_A_MINUTE))
    page = panel.client.post("/dominios/nuevo/buscar/", {"buscar": "empresa.mx"}).content.decode()
    assert "Espere un minuto" in page
    assert 'value="empresa.mx"' in page
    DomainSearch.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    search(panel, "empresa.mx")


def test_several_words_are_one_name_with_hyphens(panel):
    search(panel, "Muebles Peña")
    assert SearchedName.objects.filter(name="xn--muebles-pea-beb.mx").exists()


def test_a_strangers_search_is_not_shown(panel, stranger_client):
    address = search(panel, "muebles")
    assert "muebles.com" not in stranger_client.get(address).content.decode()


def test_a_delegate_may_not_buy(panel, delegate_client):
    for path in ("nuevo/buscar/", "nuevo/titular/", "nuevo/confirmar/", "transferir/"):
        assert delegate_client.get(f"/dominios/{path}").status_code == 403
