"""The frame around every page."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("address", ["/", "/perfil/", "/notificaciones/", "/ayuda/", "/ayuda/inicio/"])
def test_every_page_of_the_frame_opens(administrator_client, address):
    assert administrator_client.get(address).status_code == 200
