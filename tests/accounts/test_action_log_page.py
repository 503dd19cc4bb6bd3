from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.action_log import build_entry, log_action
from accounts.actors import SYSTEM, Actor
from accounts.models import ActionLogEntry
from accounts.services.log import EXPORT_LIMITS

pytestmark = pytest.mark.django_db
URL = "/cuenta/registro/"
EXPORT = "/cuenta/registro/exportar/"


@pytest.fixture
def log(actor, account, administrator):
    """Writes a line of Ana's; ``days`` ago."""

    def write(action="users.user.added", name="Luis Mora", *, by=actor, days=0, before=None, after=None, in_=account):
        entry = build_entry(actor=by, account=in_, action=action, target_name=name, before=before, after=after)
        entry.at = timezone.now() - timedelta(days=days)
        entry.save()
        return entry

    return write


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_line_is_a_sentence(log, administrator_client):
    log()
    page = text_of(administrator_client.get(URL))
    assert '<strong title="ana@empresa.example">Ana Núñez</strong> agregó al usuario Luis Mora' in page


def test_what_changed_is_said_in_words(log, administrator_client):
    log(before={"role": "delegate", "is_active": True}, after={"role": "account_admin", "is_active": False})
    response = administrator_client.get(URL)
    [line] = response.context["lines"]
    assert [str(change) for change in line["changes"]] == [
        "Rol: de «Usuario con servicios delegados» a «Administrador de la cuenta»",
        "Habilitado: de «sí» a «no»",
    ]


def test_what_support_did_says_on_whose_behalf(log, administrator, staff, administrator_client):
    log(by=Actor(user=administrator, impersonator=staff, origin="10.0.0.1"))
    assert "<strong>Soporte</strong>, en nombre de <strong" in text_of(administrator_client.get(URL))


def test_what_the_panel_did_by_itself_says_so(log, administrator_client):
    log("billing.payment.charged", "Pedido 7", by=SYSTEM)
    assert "<strong>El panel</strong> cargó a la cuenta Pedido 7" in text_of(administrator_client.get(URL))


def test_the_newest_come_first_and_the_others_on_the_next_page(log, administrator_client):
    for n in range(60):
        log(name=f"Persona {n:02}", days=60 - n)
    page = administrator_client.get(URL).context["page"]
    assert page.rows[0].object_name == "Persona 59"
    following = administrator_client.get(URL, {"cursor": page.next_cursor}).context["page"]
    assert [row.object_name for row in following.rows] == [f"Persona {n:02}" for n in range(9, -1, -1)]


def names(client, **search) -> list[str]:
    return [row.object_name for row in client.get(URL, search).context["page"].rows]


def test_days_are_filtered_with_both_ends_included(log, administrator_client):
    for days in (1, 2, 3, 4):
        log(name=f"hace {days}", days=days)
    day = timezone.localdate() - timedelta(days=3)
    assert names(administrator_client, desde=day.isoformat(), hasta=(day + timedelta(days=1)).isoformat()) == [
        "hace 2",
        "hace 3",
    ]


def test_a_person_is_found_by_name_without_accents_or_by_email(log, delegate, administrator_client):
    log(name="de Ana")
    log(name="de Diego", by=Actor(user=delegate))
    assert names(administrator_client, persona="nunez") == ["de Ana"]
    assert names(administrator_client, persona="Diego@Empresa.example") == ["de Diego"]


def test_a_person_who_has_left_the_account_is_still_found(log, delegate, administrator_client):
    log(name="de Diego", by=Actor(user=delegate))
    delegate.delete()
    assert names(administrator_client, persona="ortiz") == ["de Diego"]


def test_the_panel_itself_can_be_looked_for(log, administrator_client):
    log(name="sola", by=SYSTEM)
    log(name="de Ana")
    assert names(administrator_client, persona="sistema") == ["sola"]


def test_an_ambiguous_name_asks_who_is_meant(log, delegate, administrator_client):
    page = administrator_client.get(URL, {"persona": "empresa.example"})
    assert "¿A quién se refiere?" in page.content.decode()
    assert "Diego Ortiz" in page.content.decode()


def test_nobody_of_that_name_is_said_beside_the_field(administrator_client):
    page = administrator_client.get(URL, {"persona": "Nadie"})
    assert page.context["form"].errors["persona"] == ["Nadie con ese nombre o correo ha actuado en esta cuenta."]


def test_people_of_other_customers_are_not_found(stranger, administrator_client):
    assert administrator_client.get(URL, {"persona": "enrique@otra.example"}).context["form"].errors


def test_a_kind_is_one_action_or_a_whole_area(log, administrator_client):
    log("users.user.added", "agregado")
    log("users.user.activated", "activado")
    log("billing.payment.charged", "cargo")
    assert names(administrator_client, tipo="users.user.added") == ["agregado"]
    assert names(administrator_client, tipo="users") == ["activado", "agregado"]


def test_an_object_is_found_by_the_beginning_of_its_name(log, administrator_client):
    log(name="Ventas@empresa.example")
    log(name="soporte@empresa.example")
    log(name="100%")
    assert names(administrator_client, objeto="ventas@") == ["Ventas@empresa.example"]
    assert names(administrator_client, objeto="%") == []


def test_one_objects_history_is_a_link(log, account, actor, administrator_client):
    log(name="otra cosa")
    log_action(actor=actor, account=account, action="accounts.account.profile_changed", target=account)
    found = names(administrator_client, clase="accounts.account", id=str(account.public_id))
    assert found == ["Empresa Demo SA de CV"]


def test_only_what_was_done_on_behalf_of_others(log, administrator, staff, administrator_client):
    log(name="propia")
    log(name="ajena", by=Actor(user=administrator, impersonator=staff))
    assert names(administrator_client, soporte="on") == ["ajena"]


@pytest.mark.parametrize(
    "search",
    [
        {"desde": "ayer"},
        {"desde": "2026-02-30"},
        {"id": "x"},
        {"tipo": "nada"},
        {"desde": "2026-02-02", "hasta": "2026-02-01"},
    ],
)
def test_senseless_filters_are_answered_beside_the_field(search, administrator_client):
    page = administrator_client.get(URL, search)
    assert page.status_code == 200
    assert page.context["form"].errors


@pytest.mark.parametrize("search", [{"cursor": "x"}, {"objeto": "\0"}, {"persona": "\0"}, {"objeto": "ñ" * 300}])
def test_garbage_in_the_address_is_no_accident(search, administrator_client):
    assert administrator_client.get(URL, search).status_code == 200


def test_htmx_gets_the_lines_only(log, administrator_client):
    log()
    page = administrator_client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "agregó al usuario" in page


def test_an_empty_log_says_so(administrator_client):
    assert "Todavía no hay acciones" in administrator_client.get(URL).content.decode()


def test_the_page_reads_in_the_persons_language(log, administrator, administrator_client):
    administrator.language = "en"
    administrator.save()
    log()
    assert administrator_client.get(URL)["Content-Language"] == "en"


def test_the_number_of_queries_does_not_grow(log, administrator_client):
    administrator_client.get(URL)  # the first visit of a session writes it down
    log()
    with CaptureQueriesContext(connection) as few:
        administrator_client.get(URL)
    for n in range(60):
        log(name=str(n))
    with CaptureQueriesContext(connection) as many:
        administrator_client.get(URL)
    assert len(many) == len(few)
    assert len([query for query in many if "actionlogentry" in query["sql"]]) == 1


def exported_csv(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_the_log_is_downloaded_as_csv(log, administrator_client):
    log(before={"role": "delegate"}, after={"role": "account_admin"})
    rows = exported_csv(administrator_client.get(EXPORT, {"formato": "csv", "objeto": "luis"}))
    assert rows[0][:3] == ["Fecha", "Quién", "Entró como esta persona"]
    assert rows[1][1] == "Ana Núñez <ana@empresa.example>"
    assert rows[1][4:6] == ["agregó al usuario Luis Mora", "users.user.added"]
    assert rows[1][7] == "Rol: de «Usuario con servicios delegados» a «Administrador de la cuenta»"
    assert len(rows) == 2


def test_the_log_is_downloaded_as_a_workbook(log, administrator_client):
    log()
    response = administrator_client.get(EXPORT, {"formato": "xlsx", "objeto": "luis"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert [cell.value for cell in sheet[2]][1] == "Ana Núñez <ana@empresa.example>"


def test_a_name_that_looks_like_a_formula_is_only_text(log, administrator_client):
    log(name='=HYPERLINK("http://malo.example")')
    rows = exported_csv(administrator_client.get(EXPORT, {"objeto": "="}))
    assert rows[1][6].startswith("'=")
    response = administrator_client.get(EXPORT, {"objeto": "=", "formato": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert sheet["G2"].data_type == "s"


def test_a_download_reads_more_than_one_chunk_and_stops_at_the_limit(log, administrator_client, monkeypatch):
    monkeypatch.setattr("accounts.log_search.EXPORT_CHUNK", 2)
    monkeypatch.setitem(EXPORT_LIMITS, "csv", 5)
    for n in range(7):
        log(name=f"persona {n}")
    rows = exported_csv(administrator_client.get(EXPORT, {"objeto": "persona"}))
    assert [row[6] for row in rows[1:]] == [f"persona {n}" for n in (6, 5, 4, 3, 2)]


def test_a_download_is_noted_in_the_log(administrator_client):
    b"".join(administrator_client.get(EXPORT, {"tipo": "users"}).streaming_content)
    entry = ActionLogEntry.objects.get(action="accounts.action_log.exported")
    assert entry.after == {"format": "csv", "filters": {"Tipo de acción": "users"}}


def test_a_download_with_senseless_filters_shows_the_page_again(administrator_client):
    assert administrator_client.get(EXPORT, {"desde": "ayer"}).context["form"].errors


def test_each_customer_sees_only_their_own_log(log, stranger_client):
    log(name="secreto")
    assert names(stranger_client) == []
    assert len(exported_csv(stranger_client.get(EXPORT, {"objeto": "secreto"}))) == 1


@pytest.mark.parametrize("url", [URL, EXPORT])
@pytest.mark.parametrize("client_name", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403(url, client_name, request):
    assert request.getfixturevalue(client_name).get(url).status_code == 403
