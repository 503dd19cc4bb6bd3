"""The screens of a zone, without JavaScript: from an empty zone to a plan that is applied."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cloudpanel.provisioning.models import Job
from domains.models import Checkup, Domain, ZoneRecord
from domains.services.zone_drafts import stage_wanted
from domains.services.zones import apply_plan, plan_of
from domains.zones.records import Record
from tests.factories import DomainFactory

WWW = Record("www", "A", "192.0.2.1")


@pytest.fixture
def base(zone) -> str:
    return f"/dominios/{zone.domain.public_id}/dns/"


def put(actor, zone, *records) -> None:
    stage_wanted(actor=actor, zone=zone, wanted=records, action="imported")
    zone.refresh_from_db()
    apply_plan(actor=actor, zone=zone, fingerprint=plan_of(zone).fingerprint, is_confirmed=True)


def text(response) -> str:
    return response.content.decode()


def follow(client, url, /, **data) -> str:
    return text(client.post(url, data, follow=True))


def test_a_record_is_typed_planned_and_applied(administrator_client, base, zone):
    client = administrator_client
    page = follow(client, f"{base}registros/nuevo/mx/", preference="10", target="mail.panel.example", ttl="3600")
    assert "1 cambio sin aplicar" in page
    plan = text(client.get(f"{base}plan/"))
    assert "10 mail.panel.example." in plan
    fingerprint = plan_of(zone).fingerprint
    assert fingerprint in plan
    assert "se están publicando" in follow(client, f"{base}aplicar/", fingerprint=fingerprint)
    assert zone.records.get().stage == ZoneRecord.Stage.KEPT
    assert "En proceso" in text(client.get(base))


@pytest.mark.parametrize("kind", ["a", "aaaa", "mx", "txt", "cname", "srv", "caa", "ns"])
def test_each_kind_has_its_form_and_keeps_what_was_typed(administrator_client, base, kind):
    address = f"{base}registros/nuevo/{kind}/"
    assert administrator_client.get(address).status_code == 200
    wrong = {
        "name": "no vale",
        "ttl": "3600",
        "address": "x",
        "target": "x",
        "text": "x",
        "tag": "issue",
        "content": "x",
    }
    page = text(
        administrator_client.post(address, wrong | {"preference": "1", "priority": "1", "weight": "1", "port": "1"})
    )
    assert "no sirve en un nombre" in page
    assert 'value="no vale"' in page


def test_a_mistake_stands_beside_its_field(administrator_client, base):
    page = text(
        administrator_client.post(f"{base}registros/nuevo/cname/", {"name": "", "target": "a.b", "ttl": "3600"})
    )
    assert "dominio mismo no puede ser un CNAME" in page
    assert 'aria-describedby="id_name' in page
    assert administrator_client.get(f"{base}registros/nuevo/ptr/").status_code == 404


def test_a_record_is_changed_removed_and_kept(administrator_client, base, zone, actor):
    put(actor, zone, WWW)
    row = zone.records.get()
    form = text(administrator_client.get(f"{base}registros/{row.public_id}/"))
    assert 'value="192.0.2.1"' in form
    change = {"name": "www", "address": "192.0.2.9", "ttl": "60"}
    assert "2 cambios sin aplicar" in follow(administrator_client, f"{base}registros/{row.public_id}/", **change)
    assert "Se descartaron" in follow(administrator_client, f"{base}descartar/")
    assert "Por quitar" in follow(administrator_client, f"{base}registros/{row.public_id}/quitar/")
    assert "se conserva" in follow(administrator_client, f"{base}registros/{row.public_id}/conservar/")


def test_a_plan_that_somebody_changed_is_shown_anew(administrator_client, base, zone, actor):
    stage_wanted(actor=actor, zone=zone, wanted=[WWW], action="imported")
    response = administrator_client.post(f"{base}aplicar/", {"fingerprint": "otro"})
    assert response.status_code == 409
    assert "El plan cambió" in text(response)
    assert "192.0.2.1" in text(response)


def test_a_large_change_asks_for_a_tick(administrator_client, base, zone, actor):
    put(actor, zone, *(Record(f"h{number}", "A", "192.0.2.1") for number in range(12)))
    stage_wanted(actor=actor, zone=zone, wanted=[], action="imported")
    page = text(administrator_client.get(f"{base}plan/"))
    assert "100 %" in page
    zone.refresh_from_db()
    fingerprint = plan_of(zone).fingerprint
    assert administrator_client.post(f"{base}aplicar/", {"fingerprint": fingerprint}).status_code == 409
    follow(administrator_client, f"{base}aplicar/", fingerprint=fingerprint, is_confirmed="on")
    assert not zone.records.exists()


def test_thousands_of_records_cost_the_same_statements(administrator_client, base, zone, actor):
    put(actor, zone, WWW)
    few = _statements(administrator_client, base)
    put(actor, zone, *(Record(f"h{number:04}", "A", "192.0.2.1") for number in range(800)))
    many = _statements(administrator_client, base)
    assert few == many <= 8
    page = text(administrator_client.get(f"{base}?q=H0777&tipo=a"))
    assert "h0777.cliente.example" in page
    assert "h0778" not in page


def _statements(client, address) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    frame = ("django_session", "accounts_user", "usersessions")
    return len([each for each in captured if not any(f'FROM "{table}' in each["sql"] for table in frame)])


def test_a_file_is_read_and_leads_to_its_plan(administrator_client, base):
    file = SimpleUploadedFile("zona.txt", b"@ 300 IN A 192.0.2.7\nx SSHFP 1 1 00\n")
    page = text(administrator_client.post(f"{base}importar/", {"file": file, "mode": "merge"}, follow=True))
    assert "Se leyó 1 registro" in page
    assert "Línea 2: Los registros SSHFP no se administran aquí" in page
    assert "+ cliente.example" in page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": "$INCLUDE /etc/passwd"}, "Línea 1: $INCLUDE no se acepta"),
        ({"text": "www CNAME a.b.\nwww A 192.0.2.1"}, "junto a otros registros"),
        ({"text": ""}, "Elija un archivo"),
        ({"text": "www A 192.0.2.1\n" * 200_000}, "3200000"),
        ({"file": SimpleUploadedFile("a.zip", b"PK\x00\x01")}, "no es de texto"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_why(administrator_client, base, zone, data, reason):
    assert reason in text(administrator_client.post(f"{base}importar/", {"mode": "replace", **data}))
    assert not zone.records.exists()


def test_no_browser_cuts_a_pasted_zone(administrator_client, base):
    assert "maxlength" not in administrator_client.get(f"{base}importar/").content.decode()


def test_what_is_in_force_is_exported(administrator_client, base, zone, actor):
    put(actor, zone, WWW)
    stage_wanted(actor=actor, zone=zone, wanted=[], action="imported")
    response = administrator_client.get(f"{base}exportar/")
    assert text(response) == "$ORIGIN cliente.example.\nwww\t3600\tIN\tA\t192.0.2.1\n"
    assert "attachment" in response["Content-Disposition"]


def test_an_earlier_version_is_gone_back_to_by_its_plan(administrator_client, base, zone, actor):
    put(actor, zone, WWW)
    assert "Volver a esta" in text(administrator_client.get(f"{base}historial/"))
    page = follow(administrator_client, f"{base}historial/1/recuperar/")
    assert "Se quita 1 registro" in page
    assert administrator_client.post(f"{base}historial/99/recuperar/").status_code == 404


def test_a_difference_is_shown_with_what_can_be_done(administrator_client, base, zone, actor):
    put(actor, zone, WWW)
    Job.objects.update(state="succeeded")
    zone.extra, zone.missing = [["ajeno", "A", "192.0.2.3", 60]], [WWW.as_list()]
    zone.save(update_fields=["extra", "missing"])
    assert "Ver las diferencias" in text(administrator_client.get(base))
    assert "Reparar el servidor" in text(administrator_client.get(f"{base}diferencias/"))
    assert "Se agrega 1 registro" in follow(administrator_client, f"{base}adoptar/")
    assert "como está el panel" in follow(administrator_client, f"{base}reparar/")


def test_the_page_says_whether_the_world_is_sent_to_us(administrator_client, base, zone):
    ours = ["ns1.panel.example", "ns2.panel.example"]
    assert "Compruebe que los servidores" in text(administrator_client.get(base))
    Checkup.objects.create(domain=zone.domain, findings=[{"code": "ns", "seen": ours}])
    assert "lo que publica aquí es lo que ve el mundo" in text(administrator_client.get(base))
    Domain.objects.filter(pk=zone.domain_id).update(nameservers=[ours[0], "ns.viejo.example"])
    assert "todavía no son los nuestros" in text(administrator_client.get(base))


def test_without_hosting_the_panel_says_so(administrator_client, account, settings):
    settings.DRIVERS = {name: entry for name, entry in settings.DRIVERS.items() if name != "zones"}
    domain = DomainFactory(account=account)
    base = f"/dominios/{domain.public_id}/"
    assert "no administra el DNS" in text(administrator_client.get(base))
    assert "no está configurado" in text(administrator_client.get(f"{base}dns/"))
    assert "no está configurado" in follow(administrator_client, f"{base}dns/crear/")


def test_a_zone_whose_hosting_is_gone_stays_unpublished(administrator_client, base, zone, actor, settings):
    Job.objects.update(state="succeeded")
    settings.DRIVERS = {name: entry for name, entry in settings.DRIVERS.items() if name != "zones"}
    put(actor, zone, WWW)
    page = text(administrator_client.get(base))
    assert "Sin publicar" in page
    assert "ya no está configurado" in page


def test_a_zone_is_offered_made_and_withdrawn(administrator_client, account, zone):
    domain = DomainFactory(account=account, name="nuevo.example", nameservers=["ns.otro.example"])
    base = f"/dominios/{domain.public_id}/dns/"
    assert "Administrar aquí su DNS" in text(administrator_client.get(base))
    assert "todavía no son los nuestros" in follow(administrator_client, f"{base}crear/")
    assert "Marque la casilla" in follow(administrator_client, f"{base}retirar/")


def test_a_domain_that_is_not_proved_says_what_comes_first(administrator_client, account, zone):
    claimed = DomainFactory(account=account, name="ajeno.example", state=Domain.State.PENDING)
    assert "compruebe que el dominio es suyo" in text(administrator_client.get(f"/dominios/{claimed.public_id}/dns/"))


def test_a_stranger_gets_404_and_a_service_user_403(stranger_client, service_user_client, base):
    for address in (base, f"{base}plan/", f"{base}registros/nuevo/a/", f"{base}exportar/"):
        assert stranger_client.get(address).status_code == 404
        assert service_user_client.get(address).status_code == 403
