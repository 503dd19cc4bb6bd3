"""Mi perfil."""

from __future__ import annotations

import pytest

from accounts.models import ActionLogEntry

URL = "/perfil/"


def test_name_and_language_are_changed_and_written_down(administrator_client, administrator):
    answer = administrator_client.post(URL, {"name": "Ana María", "language": "en"})
    assert answer.url == URL
    administrator.refresh_from_db()
    assert (administrator.name, administrator.language) == ("Ana María", "en")
    line = ActionLogEntry.objects.get(action="accounts.user.profile_changed")
    assert line.after == {"name": "Ana María", "language": "en"}


def test_the_language_counts_from_the_next_page(administrator_client):
    administrator_client.post(URL, {"name": "Ana", "language": "en"})
    assert '<html lang="en"' in administrator_client.get(URL).content.decode()


def test_changing_nothing_writes_nothing(administrator_client):
    administrator_client.post(URL, {"name": "Ana Núñez", "language": "es-mx"})
    assert not ActionLogEntry.objects.filter(action="accounts.user.profile_changed").exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "language": "es-mx"}, "name"),
        ({"name": "x" * 151, "language": "es-mx"}, "name"),
        ({"name": "Ana", "language": "tlh"}, "language"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_kept(administrator_client, data, field):
    answer = administrator_client.post(URL, data)
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert f'aria-describedby="id_{field}' in page
    assert 'aria-invalid="true"' in page


def test_names_of_any_script_survive(administrator_client, administrator):
    administrator_client.post(URL, {"name": "Müller-Ñandú 山田", "language": "es-mx"})
    administrator.refresh_from_db()
    assert administrator.name == "Müller-Ñandú 山田"


def test_support_without_account_has_a_profile_too(staff_client):
    assert staff_client.get(URL).status_code == 200


def test_a_stranger_is_asked_to_sign_in(client, db):
    assert client.get(URL).url == "/acceso/login/?next=/perfil/"
