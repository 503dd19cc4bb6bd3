"""The link by which a user chooses a password: once, for 48 hours, told to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from exchange.models import PasswordLink
from exchange.services.links import send_link

PASSWORD = "otro-tejado-amarillo-77"


@pytest.fixture
def sent(actor, make_mailbox, run_jobs, mailoutbox):
    """(mailbox, path of the link in the e-mail)."""
    box = make_mailbox()

    def go():
        send_link(actor=actor, mailbox=box, email="ana@casa.example")
        run_jobs()
        return box, re.search(r"https?://[^/]+(/exchange/contrasena/\S+/)", mailoutbox[-1].body).group(1)

    return go


def test_whoever_has_the_link_chooses_the_password_once(sent, client, run_jobs, mail):
    box, path = sent()
    before = mail.mailboxes[box.public_id].password_hash
    assert box.address in client.get(path).content.decode()
    assert client.post(path, {"password": PASSWORD}, follow=True).status_code == 200
    run_jobs()
    assert mail.mailboxes[box.public_id].password_hash != before
    assert client.get(path).status_code == 410
    assert client.post(path, {"password": PASSWORD}).status_code == 410


def test_the_token_is_kept_nowhere(sent):
    _box, path = sent()
    token = path.rstrip("/").rsplit("/", 1)[1]
    link = PasswordLink.objects.get()
    assert token not in {link.digest, str(link.last_job.params), str(link.last_job.result)}


def test_a_new_link_closes_the_older_one(sent, client):
    _box, old = sent()
    _box, new = sent()
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200


def test_it_dies_after_48_hours(sent, client):
    _box, path = sent()
    PasswordLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("password", ["", "corta", "contraseña123", "x" * 200])
def test_a_weak_password_leaves_the_link_open(sent, client, password):
    _box, path = sent()
    assert "aria-invalid" in client.post(path, {"password": password}).content.decode()
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("token", ["x", "lista2", "%00", "ñ", "a" * 400])
def test_a_made_up_link_is_dead_and_never_a_500(client, db, token):
    assert client.get(f"/exchange/contrasena/{token}/").status_code in {404, 410}


def test_the_page_needs_the_csrf_token_like_every_other(sent):
    _box, path = sent()
    assert Client(enforce_csrf_checks=True).post(path, {"password": PASSWORD}).status_code == 403


def test_a_deleted_mailbox_has_no_links(sent, client, mail):
    box, path = sent()
    type(box).objects.filter(pk=box.pk).update(deleted_at=timezone.now())
    assert client.get(path).status_code == 410
