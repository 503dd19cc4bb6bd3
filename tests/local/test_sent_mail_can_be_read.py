"""/correo-local/: what the panel sends in local mode is read in the browser, links included."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from cloudpanel.local.mail import latest_messages

LINK = "http://127.0.0.1:8000/acceso/activar/clave-1/"


@pytest.fixture(autouse=True)
def _kept_in_files(settings, tmp_path):
    settings.EMAIL_BACKEND = "cloudpanel.local.mail.LocalEmailBackend"
    settings.LOCAL_DIR = tmp_path


def send(subject="Active su usuario", text=f"Bienvenida, Ana Núñez. Abra {LINK} hoy.", html=""):
    message = EmailMultiAlternatives(subject, text, "panel@panel.example", ["ana@empresa.example"])
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
    return latest_messages(1)[0]


def test_the_newest_message_comes_first(client, db):
    send(subject="Primero")
    send(subject="Segundo: contraseña")

    page = client.get(reverse("local:mail_list")).content.decode()

    assert page.index("Segundo: contraseña") < page.index("Primero")
    assert "ana@empresa.example" in page


def test_links_of_the_text_can_be_clicked(client, db):
    message = send()

    page = client.get(reverse("local:mail_detail", args=[message.name])).content.decode()

    assert f'<a href="{LINK}"' in page
    assert "Bienvenida, Ana Núñez." in page


def test_text_is_shown_as_text(client, db):
    message = send(text="<script>alert(1)</script>")

    assert "<script>alert" not in client.get(reverse("local:mail_detail", args=[message.name])).content.decode()


def test_html_comes_sandboxed_and_may_load_nothing(client, db):
    message = send(html=f'<p style="color:red"><a href="{LINK}">Activar</a></p>')

    answer = client.get(reverse("local:mail_html", args=[message.name]))

    assert f'<a href="{LINK}">Activar</a>' in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy


def test_without_messages_the_page_says_what_will_come(client, db):
    assert "Todavía no se ha enviado ningún mensaje" in client.get(reverse("local:mail_list")).content.decode()


@pytest.mark.parametrize("name", ["no-hay", "etc-passwd", "0000000000000000-000000000000"])
def test_an_unknown_message_is_a_404(client, db, name):
    assert client.get(reverse("local:mail_detail", args=[name])).status_code == 404
    assert client.get(reverse("local:mail_html", args=[name])).status_code == 404
