"""What people do with their own things, wherever they work."""

from django.urls import path

from accounts.views import account, log, notifications, profile

app_name = "accounts"
urlpatterns = [
    path("perfil/", profile.profile, name="profile"),
    path("perfil/apariencia/", profile.theme, name="theme"),
    path("cuenta/cambiar/", profile.switch_account, name="switch"),
    path("cuenta/perfil/", account.account_profile, name="account_profile"),
    path("cuenta/registro/", log.log, name="log"),
    path("cuenta/registro/exportar/", log.export_log, name="log_export"),
    path("notificaciones/", notifications.notification_list, name="notifications"),
    path("notificaciones/leer-todas/", notifications.read_all_notifications, name="notifications_read"),
    path("notificaciones/<uuid:public_id>/abrir/", notifications.open_notification, name="notification_open"),
    path("notificaciones/<uuid:public_id>/leida/", notifications.read_notification, name="notification_read"),
    path("notificaciones/<uuid:public_id>/no-leida/", notifications.unread_notification, name="notification_unread"),
]
