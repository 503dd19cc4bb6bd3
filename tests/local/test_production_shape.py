"""What the image does when it is built and started, done here without Docker: the same commands, the same settings."""

import http.client
import os
import re
import subprocess
import sys
import threading

import pytest
from django.urls import reverse

from cloudpanel.local.places import ROOT
from tests.local.conftest import clean_environment, free_port

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("production")]
HTTPS = {"Host": "panel.example", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """The environment of a container."""
    taken = {name: os.environ[name] for name in ("DATABASE_URL", "MAIL_DIRECTORY_URL", "REDIS_URL")}
    return clean_environment(
        **taken,
        SECRET_KEY="k" * 60,
        FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        ACTION_LOG_KEYS="a" * 40,
        PUBLIC_URL="https://panel.example",
        ALLOWED_HOSTS="panel.example",
        LOCAL_DIR=str(tmp_path_factory.mktemp("data")),
        STATIC_ROOT=str(tmp_path_factory.mktemp("static")),
        PORT=str(free_port()),
        PYTHONUNBUFFERED="1",
    )


@pytest.fixture(scope="module")
def web(production):
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], cwd=ROOT, env=production, check=True
    )
    command = [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.conf.py", "cloudpanel.wsgi"]
    log = []
    process = subprocess.Popen(
        command, cwd=ROOT, env=production, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    is_up = threading.Event()

    def follow():
        for line in process.stdout:
            log.append(line)
            if "Booting worker" in line:
                is_up.set()

    threading.Thread(target=follow, daemon=True).start()
    assert is_up.wait(60), "".join(log)
    yield lambda path, **headers: get(int(production["PORT"]), path, headers)
    process.terminate()
    process.wait(30)


def get(port, path, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_the_container_finds_itself_healthy(web, production):
    done = subprocess.run([sys.executable, "docker/healthcheck.py"], cwd=ROOT, env=production, check=False)

    assert done.returncode == 0


def test_what_comes_without_tls_is_sent_to_https(web):
    answer, _ = web(reverse("account_login"), Host="panel.example")

    assert answer.status == 301
    assert answer.headers["Location"] == f"https://panel.example{reverse('account_login')}"


def test_the_sign_in_page_comes_with_its_protections(web):
    answer, _ = web(reverse("account_login"), **HTTPS)

    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "Secure" in answer.headers["Set-Cookie"]


def test_static_files_may_be_kept_for_ever_and_come_compressed(web):
    _, page = web(reverse("account_login"), **HTTPS)
    css = re.search(r"/static/css/panel\.[0-9a-f]{12}\.css", page.decode()).group(0)

    answer, _ = web(css, **HTTPS, **{"Accept-Encoding": "br"})

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "br"


def test_local_mail_is_not_there(web):
    answer, _ = web("/correo-local/", **HTTPS)

    assert answer.status == 404


def test_another_host_name_is_refused(web):
    answer, _ = web(reverse("account_login"), Host="elsewhere.example", **{"X-Forwarded-Proto": "https"})

    assert answer.status == 400
