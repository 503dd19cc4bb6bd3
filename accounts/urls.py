"""What people do with their own things, wherever they work."""

from django.urls import path

from accounts.views import account, email_change, log, notifications, photo, preferences, profile, second_factor

app_name = "accounts"
urlpatterns = [
    path("perfil/", profile.profile, name="profile"),
    path("perfil/correo/", email_change.change_email, name="email"),
    path("perfil/correo/cancelar/", email_change.cancel_change, name="email_cancel"),
    path("perfil/correo/confirmar/<str:token>/", email_change.confirm_change, name="email_confirm"),
    path("perfil/correo/deshacer/<str:token>/", email_change.revert_change, name="email_revert"),
    path("perfil/foto/", photo.photo, name="photo"),
    path("perfil/foto/quitar/", photo.delete_photo, name="photo_delete"),
    path("perfil/foto/imagen/", photo.photo_image, name="photo_image"),
    path("perfil/segundo-factor/", second_factor.second_factor, name="second_factor"),
    path("perfil/apariencia/", profile.theme, name="theme"),
    path("cuenta/cambiar/", profile.switch_account, name="switch"),
    path("cuenta/perfil/", account.account_profile, name="account_profile"),
    path("cuenta/seguridad/", second_factor.policy, name="policy"),
    path("cuenta/seguridad/exigir/", second_factor.require_second_factor, name="policy_require"),
    path("cuenta/seguridad/no-exigir/", second_factor.relax_second_factor, name="policy_relax"),
    path("cuenta/registro/", log.log, name="log"),
    path("cuenta/registro/exportar/", log.export_log, name="log_export"),
    path("notificaciones/", notifications.notification_list, name="notifications"),
    path("notificaciones/preferencias/", preferences.preferences, name="preferences"),
    path("notificaciones/leer-todas/", notifications.read_all_notifications, name="notifications_read"),
    path("notificaciones/<uuid:public_id>/abrir/", notifications.open_notification, name="notification_open"),
    path("notificaciones/<uuid:public_id>/leida/", notifications.read_notification, name="notification_read"),
    path("notificaciones/<uuid:public_id>/no-leida/", notifications.unread_notification, name="notification_unread"),
]
