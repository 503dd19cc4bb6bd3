"""One afternoon and a spreadsheet from somewhere else: eight kinds of errors, corrected, imported, rejected, fixed, undone."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import refresh_until, sign_in
from tests.e2e.test_buy_exchange_and_sign_in_to_the_mailbox import buy_exchange

HEADINGS = "Nombre para mostrar;Correo electrónico;Contraseña;Plantilla;Tamaño\r\n"
ROWS = (
    "Begoña Núñez;begona{n}@{d};;;",
    "Íñigo Peña;iñigo{n}@{d};;;",  # accents in the address
    ";sin.nombre{n}@{d};;;",  # no name
    "Eva Luz;eva{n}@empresa.con;;;",  # a domain that is not theirs
    "Otra Begoña;BEGONA{n}@{d};;;",  # the same address in another case
    "=SUMA(A1);formula{n}@{d};;;",  # a formula
    "Luz Mar;luz{n}@{d};;Premium;",  # a template that does not exist
    "Paz Sol;paz{n}@{d};;;muchísimo",  # a size that is none
    "Mar Cielo;mar{n}@{d};corta;;",  # a password that is none
)
KINDS = 8


def upload(page: Page, file: Path, *, javascript: bool) -> None:
    page.get_by_role("main").locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Siguiente").click()
    expect(page.get_by_role("heading", name="Qué trae cada columna")).to_be_visible()
    page.get_by_role("button", name="Siguiente").click()
    refresh_until(page, re.compile("con error|No hay errores"), javascript=javascript)


def test_the_desk_from_end_to_end(open_page, javascript, tmp_path):
    page, mark = open_page(javascript=javascript), "js" if javascript else "sin"
    sign_in(page, "admin@empresa.example")
    buy_exchange(page, javascript=javascript)
    main = page.get_by_role("main")
    main.get_by_role("link", name="Abrir el servicio").click()
    domain = re.search(r"[a-z0-9-]+\.correo\.panel\.example", page.content())
    assert domain is not None
    main.get_by_role("link", name="Buzones de Correo").first.click()
    main.get_by_role("link", name="Importar Buzones").click()
    file = tmp_path / "personas.csv"
    file.write_bytes((HEADINGS + "\r\n".join(ROWS).format(n=mark, d=domain[0])).encode("cp1252"))
    upload(page, file, javascript=javascript)
    expect(main.get_by_role("alert")).to_contain_text(f"Hay {KINDS} filas con error")
    for reason in (
        "sin acentos",
        "Falta el nombre",
        "empresa.con",
        "fila 2",
        "fórmula",
        "Premium",
        "muchísimo",
        "10 car",
    ):
        expect(main.get_by_text(reason).first).to_be_visible()

    # One proposal is taken, one cell is typed; six stay wrong.
    main.get_by_role("button", name=re.compile(f"Usar “inigo{mark}@")).click()
    main.get_by_label("Nombre para mostrar, Fila 4").fill("Sofía Sin Nombre")
    main.get_by_role("button", name="Guardar correcciones").first.click()
    expect(main.get_by_role("alert").first).to_contain_text("Hay 6 filas con error")
    with page.expect_download() as rejected:
        main.get_by_role("link", name="Descargar solo las rechazadas (CSV)").click()
    content = Path(rejected.value.path()).read_text(encoding="utf-8-sig")
    assert len(content.strip().splitlines()) == 7
    main.get_by_role("button", name="Finalizar").click()
    refresh_until(page, "La importación terminó", javascript=javascript)
    expect(main.get_by_role("link", name="Creados (3)")).to_be_visible()
    first_result = page.url

    # The rejected ones are put right in the spreadsheet and uploaded again.
    fixed = content.replace("empresa.con", domain[0]).replace("BEGONA", "begona2").replace("=SUMA(A1)", "Suma")
    fixed = fixed.replace("'Suma", "Suma").replace("Premium", "").replace("muchísimo", "1 GB")
    again = tmp_path / "corregidas.csv"
    again.write_text(fixed, encoding="utf-8-sig")
    main.get_by_role("link", name="Cerrar").click()
    main.get_by_role("link", name="Importar Buzones").click()
    upload(page, again, javascript=javascript)
    expect(main.get_by_text("No hay errores: 6 filas listas")).to_be_visible()
    main.get_by_role("button", name="Finalizar").click()
    refresh_until(page, "La importación terminó", javascript=javascript)
    expect(main.get_by_role("link", name="Creados (6)")).to_be_visible()

    # The first batch is undone; the second one stays.
    page.goto(first_result)
    main.get_by_role("link", name="Deshacer importación").click()
    expect(main.get_by_text("papelera").first).to_be_visible()
    main.get_by_role("button", name="Deshacer importación").click()
    refresh_until(page, "La importación se deshizo", javascript=javascript)
    main.get_by_role("link", name="Cerrar").click()
    expect(main.get_by_text(f"eva{mark}@")).to_have_count(2)  # login and address
    expect(main.get_by_text(f"inigo{mark}@")).to_have_count(0)
