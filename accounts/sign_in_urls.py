"""The pages of allauth that the panel uses. Who is not listed here is not reachable.

Sign-in keeps allauth's own address, which everybody's tools know; the others are in Spanish."""

from allauth.account import views
from allauth.usersessions.views import list_usersessions
from django.urls import include, path, re_path

from accounts.views import sessions

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("sin-acceso/", views.account_inactive, name="account_inactive"),
    path("registro/", views.signup, name="account_signup"),
    path("confirmar/", views.reauthenticate, name="account_reauthenticate"),
    path("contrasena/", views.password_change, name="account_change_password"),
    path("contrasena/nueva/", views.password_set, name="account_set_password"),
    path("recuperar/", views.password_reset, name="account_reset_password"),
    path("recuperar/enviado/", views.password_reset_done, name="account_reset_password_done"),
    path("recuperar/listo/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^recuperar/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("seguridad/", include("allauth.mfa.urls")),
    path("sesiones/", list_usersessions, name="usersessions_list"),
    path("sesiones/<int:pk>/cerrar/", sessions.end_session, name="session_end"),
]
