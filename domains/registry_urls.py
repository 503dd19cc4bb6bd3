"""Addresses of *Nuevo dominio*, *Transferir dominio*, and of what is done with a domain at its registry."""

from __future__ import annotations

from django.urls import URLPattern, path

from domains.views import buying, keeping, transfers

urlpatterns: list[URLPattern] = [
    path("nuevo/buscar/", buying.search, name="search"),
    path("nuevo/titular/", buying.holder, name="holder"),
    path("nuevo/confirmar/", buying.confirm, name="confirm"),
    path("transferir/", transfers.transfer, name="transfer"),
    path("suscripcion/<uuid:subscription>/", keeping.of_subscription, name="of_subscription"),
    path("<uuid:domain>/transferencia/confirmar/", transfers.confirm_transfer, name="confirm_transfer"),
    path("<uuid:domain>/transferencia/cancelar/", transfers.cancel, name="cancel_transfer"),
    path("<uuid:domain>/renovar/", keeping.renew, name="renew"),
    path("<uuid:domain>/renovacion/", keeping.auto_renew, name="auto_renew"),
    path("<uuid:domain>/bloqueo/", keeping.lock, name="lock"),
    path("<uuid:domain>/clave/", keeping.auth_code, name="auth_code"),
    path("<uuid:domain>/servidores/", keeping.nameservers, name="nameservers"),
    path("<uuid:domain>/dnssec/", keeping.dnssec, name="dnssec"),
    path("<uuid:domain>/titular/", keeping.registrant, name="registrant"),
    path("<uuid:domain>/reintentar/", keeping.retry, name="retry"),
    path("<uuid:domain>/rescatar/", keeping.restore, name="restore"),
    path("<uuid:domain>/diferencias/<int:finding>/aqui/", keeping.keep_ours, name="keep_ours"),
    path("<uuid:domain>/diferencias/<int:finding>/registro/", keeping.accept_theirs, name="accept_theirs"),
]
