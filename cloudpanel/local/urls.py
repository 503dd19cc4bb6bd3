from django.urls import path

from cloudpanel.local import views

app_name = "local"
urlpatterns = [
    path("", views.mail_list, name="mail_list"),
    path("enviar/", views.mail_send, name="mail_send"),
    path("<slug:name>/", views.mail_detail, name="mail_detail"),
    path("<slug:name>/html/", views.mail_html, name="mail_html"),
]
