"""Usuarios: who comes in, and with what."""

from django.urls import path

from users.views import activation, adding, bulk, listing, members, own, preview, requests, staff, upload

app_name = "users"
urlpatterns = [
    path("usuarios/", listing.user_list, name="list"),
    path("usuarios/exportar/", listing.export_users, name="export"),
    path("usuarios/nuevo/", adding.add_users, name="add"),
    path("usuarios/nuevo/otra-fila/", adding.add_row, name="add_row"),
    path("usuarios/nuevo/quitar-fila/<int:index>/", adding.remove_row, name="remove_row"),
    path("usuarios/nuevo/archivo/", upload.upload_users, name="upload"),
    path("usuarios/nuevo/archivo/ejemplo/", upload.upload_sample, name="upload_sample"),
    path("usuarios/nuevo/archivo/descartar/", upload.drop_wrong_rows, name="drop_wrong"),
    path("usuarios/nuevo/archivo/<uuid:upload>/", upload.verify_upload, name="verify"),
    path("usuarios/acciones/reenviar/", bulk.resend, name="bulk_resend"),
    path("usuarios/acciones/habilitar/", bulk.enable, name="bulk_enable"),
    path("usuarios/acciones/deshabilitar/", bulk.disable, name="bulk_disable"),
    path("usuarios/acciones/delegar/", bulk.delegate, name="bulk_delegate"),
    path("usuarios/acciones/retirar/", bulk.withdraw, name="bulk_withdraw"),
    path("usuarios/acciones/eliminar/", bulk.delete, name="bulk_delete"),
    path("usuarios/solicitudes/", requests.request_list, name="requests"),
    path("usuarios/solicitudes/<uuid:public_id>/conceder/", requests.grant, name="request_grant"),
    path("usuarios/solicitudes/<uuid:public_id>/rechazar/", requests.decline, name="request_decline"),
    path("usuarios/<uuid:public_id>/", members.user_page, name="user"),
    path("usuarios/<uuid:public_id>/editar/", members.edit_user, name="edit"),
    path("usuarios/<uuid:public_id>/servicios/", members.edit_services, name="services"),
    path("usuarios/<uuid:public_id>/reenviar/", members.resend_activation, name="resend"),
    path("usuarios/<uuid:public_id>/deshabilitar/", members.disable_user, name="disable"),
    path("usuarios/<uuid:public_id>/habilitar/", members.enable_user, name="enable"),
    path("usuarios/<uuid:public_id>/cerrar-sesiones/", members.end_user_sessions, name="end_sessions"),
    path("usuarios/<uuid:public_id>/eliminar/", members.delete_user, name="delete"),
    path("usuarios/<uuid:public_id>/ver-como/", preview.start_preview, name="preview"),
    path("vista-previa/salir/", preview.end_preview, name="preview_end"),
    path("solicitar-acceso/", requests.ask_for_access, name="ask"),
    path("mis-servicios/", own.own_page, name="own"),
    path("activar/soporte/<str:token>/", staff.activate_staff_page, name="activate_staff"),
    path("activar/lista/", activation.activated, name="activated"),
    path("activar/<str:token>/", activation.activation_page, name="activate"),
    path("activar/<str:token>/pedir-otro/", activation.ask_new_link, name="activate_ask"),
]
