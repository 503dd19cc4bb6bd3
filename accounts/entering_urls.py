"""The library's addresses for *entrar como*, under the library's own name, which its other parts look for."""

from django.urls import path
from hijack.views import ReleaseUserView

from accounts.views.entering import EnterAsView

app_name = "hijack"
urlpatterns = [
    path("acquire/", EnterAsView.as_view(), name="acquire"),
    path("release/", ReleaseUserView.as_view(), name="release"),
]
