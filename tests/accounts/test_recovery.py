"""¿Olvidó su contraseña?"""

from __future__ import annotations

import re

import pytest
from django.core import mail

from accounts.models import ActionLogEntry, UserStatus
from cloudpanel.core.crypto import decrypt
from cloudpanel.provisioning.models import Job, JobSecret, JobState
from cloudpanel.provisioning.operations import JobRun, get_operation
from tests.accounts.test_sign_in import fail, sign_in

URL = "/acceso/recuperar/"
NEW = "cuatro palabras muy raras juntas"


def work() -> list[mail.EmailMessage]:
    """What a worker does with the e-mails that wait."""
    before = len(mail.outbox)
    for job in Job.objects.filter(state=JobState.QUEUED, operation__startswith="users.send_").order_by("pk"):
        secret = JobSecret.objects.filter(job=job).first()
        get_operation(job.operation).run(JobRun(job, decrypt(secret.payload) if secret else None))
        Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    return mail.outbox[before:]


def ask(client, email):
    return client.post(URL, {"email": email})


def link_for(client, email) -> str:
    ask(client, email)
    (message,) = work()
    found = re.search(r"http://\S+?(/acceso/recuperar/\S+/)", str(message.body))
    assert found
    return found.group(1)


def choose(client, link, password=NEW):
    page = client.get(link, follow=True)
    return client.post(page.context["action_url"], {"password1": password, "password2": password}, follow=True)


@pytest.mark.parametrize("email", ["ana@empresa.example", "nadie@empresa.example"])
def test_the_answer_never_says_whether_the_person_exists(client, administrator, email, django_assert_num_queries):
    answer = ask(client, email)
    assert answer.url == "/acceso/recuperar/enviado/"
    assert Job.objects.filter(operation="users.send_recovery").count() == 1
    assert not mail.outbox


def test_only_the_worker_looks_and_writes_to_people_who_exist(client, administrator):
    ask(client, "nadie@empresa.example")
    ask(client, "ANA@empresa.example")
    (message,) = work()
    assert message.to == [administrator.email]
    assert message.subject == "Recupere su acceso a Panel Cloud"
    assert "2 horas" in message.body


def test_the_address_asked_for_is_not_kept_in_the_clear(client, administrator):
    ask(client, administrator.email)
    assert "empresa.example" not in str(Job.objects.values().get(operation="users.send_recovery"))


def test_the_link_lets_one_choose_a_password_and_works_once(client, administrator):
    link = link_for(client, administrator.email)
    assert "Su contraseña quedó guardada" in choose(client, link).content.decode()
    assert sign_in(client, administrator.email, NEW).status_code == 302
    assert "El enlace ya no sirve" in client.get(link, follow=True).content.decode()


def test_a_new_password_ends_the_sessions_and_is_written_down(client, administrator, administrator_client):
    choose(client, link_for(client, administrator.email))
    assert administrator_client.get("/perfil/").status_code == 302
    assert ActionLogEntry.objects.filter(action="accounts.user.password_reset").exists()


def test_recovering_opens_a_lock(client, administrator):
    fail(client, administrator.email, 5)
    choose(client, link_for(client, administrator.email))
    administrator.refresh_from_db()
    assert administrator.status == UserStatus.READY
    assert sign_in(client, administrator.email, NEW).status_code == 302


def test_the_person_is_told_that_the_password_changed(client, administrator):
    choose(client, link_for(client, administrator.email))
    (notice,) = work()
    assert notice.to == [administrator.email]
    assert "Si no fue usted" in notice.body


def test_a_weak_password_is_refused_beside_its_field(client, administrator):
    page = choose(client, link_for(client, administrator.email), "contraseña")
    assert "password1" in page.context["form"].errors


def test_who_may_not_come_in_gets_no_link(client, delegate):
    delegate.memberships.update(is_active=False)
    ask(client, delegate.email)
    assert work() == []


def test_the_email_speaks_the_persons_language(client, administrator):
    type(administrator).objects.filter(pk=administrator.pk).update(language="en")
    ask(client, administrator.email)
    (message,) = work()
    assert '<html lang="en"' in message.alternatives[0][0]


def test_asking_again_and_again_is_slowed_down(client, administrator):
    for _ in range(5):
        ask(client, administrator.email)
    answer = ask(client, administrator.email)
    assert answer.status_code == 429
    assert "Demasiados intentos" in answer.content.decode()
