"""Addresses of *Dominios*."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "domains"

urlpatterns: list[URLPattern] = []
