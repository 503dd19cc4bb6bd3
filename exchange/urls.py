"""/exchange/<suscripción>/… (design, section 8)."""

from django.urls import URLPattern, URLResolver, include, path

from exchange.views import deletion, domains, findings, links, mailbox, mailboxes, own, panel, templates, wizard

app_name = "exchange"

draft: list[URLPattern | URLResolver] = [
    path("", wizard.draft_start, name="draft_start"),
    path("usuario/", wizard.draft_user, name="draft_user"),
    path("datos/", wizard.draft_data, name="draft_data"),
    path("datos/generar/", wizard.draft_generate, name="draft_generate"),
    path("plantilla/", wizard.draft_template, name="draft_template"),
    path("resumen/", wizard.draft_summary, name="draft_summary"),
    path("finalizar/", wizard.draft_finish, name="draft_finish"),
    path("en-proceso/", wizard.draft_done, name="draft_done"),
    path("descartar/", wizard.draft_discard, name="draft_discard"),
]
one_mailbox: list[URLPattern | URLResolver] = [
    path("", mailbox.mailbox_page, name="mailbox"),
    path("datos/", mailbox.mailbox_edit, name="mailbox_edit"),
    path("contrasena/", mailbox.mailbox_password, name="mailbox_password"),
    path("enlace/", mailbox.mailbox_link, name="mailbox_link"),
    path("deshabilitar/", mailbox.mailbox_disable, name="mailbox_disable"),
    path("habilitar/", mailbox.mailbox_enable, name="mailbox_enable"),
    path("reintentar/", mailbox.mailbox_retry, name="mailbox_retry"),
    path("alias/", mailbox.alias_add, name="alias_add"),
    path("alias/<uuid:alias>/quitar/", mailbox.alias_remove, name="alias_remove"),
    path("alias/<uuid:alias>/reintentar/", mailbox.alias_retry, name="alias_retry"),
    path("alias/<uuid:alias>/principal/", mailbox.alias_primary, name="alias_primary"),
]
of_subscription: list[URLPattern | URLResolver] = [
    path("", panel.panel, name="panel"),
    path("buzones/", mailboxes.mailbox_list, name="mailboxes"),
    path("buzones/exportar.<str:file_format>", mailboxes.mailbox_export, name="export"),
    path("buzones/eliminar/", deletion.mailbox_delete, name="delete"),
    path("buzones/papelera/", deletion.mailbox_bin, name="bin"),
    path("buzones/papelera/restaurar/", deletion.mailbox_restore, name="restore"),
    path("buzones/nuevo/", wizard.new_mailbox, name="new"),
    path("buzones/nuevo/<uuid:draft>/", include(draft)),
    path("buzones/<uuid:mailbox>/", include(one_mailbox)),
    path("dominios/", domains.domain_list, name="domains"),
    path("dominios/<uuid:domain>/", domains.domain_page, name="domain"),
    path("dominios/<uuid:domain>/comprobar/", domains.domain_check, name="domain_check"),
    path("dominios/<uuid:domain>/quitar/", domains.domain_remove, name="domain_remove"),
    path("comparacion/", findings.finding_list, name="findings"),
    path("comparacion/ahora/", findings.comparison_start, name="compare"),
    path("comparacion/reparar/", findings.finding_decide, {"verb": "repair"}, name="finding_repair"),
    path("comparacion/adoptar/", findings.finding_decide, {"verb": "adopt"}, name="finding_adopt"),
    path("comparacion/quitar/", findings.finding_decide, {"verb": "remove"}, name="finding_remove"),
    path("plantillas/", templates.template_list, name="templates"),
    path("plantillas/nueva/", templates.template_new, name="template_new"),
    path("plantillas/<uuid:template>/", templates.template_edit, name="template_edit"),
    path("plantillas/<uuid:template>/eliminar/", templates.template_delete, name="template_delete"),
]
urlpatterns = [
    path("contrasena/fuerza/", links.password_strength, name="password_strength"),
    path("contrasena/lista/", links.password_chosen, name="password_chosen"),
    path("contrasena/<str:token>/", links.choose_password, name="choose_password"),
    path("mi-buzon/<uuid:mailbox>/contrasena/", own.own_password, name="own_password"),
    path("<uuid:subscription>/", include(of_subscription)),
]
