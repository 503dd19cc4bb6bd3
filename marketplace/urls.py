"""Addresses of the marketplace (design, section 8)."""

from django.urls import path

from marketplace.views import billing_cycle, cancellation, catalogue, changes, orders, packages, purchase, subscriptions

app_name = "marketplace"
urlpatterns = [
    path("mercado/", catalogue.families, name="families"),
    path("mercado/terminos/<slug:slug>/<str:version>/", catalogue.terms, name="terms"),
    path("mercado/paquetes/<slug:package>/", packages.package, name="package"),
    path("mercado/paquetes/<slug:package>/confirmar/", packages.confirm, name="confirm_package"),
    path("mercado/<slug:family>/", catalogue.family, name="family"),
    path("mercado/<slug:family>/<slug:service>/", purchase.plans, name="plans"),
    path("mercado/<slug:family>/<slug:service>/recursos/", purchase.add_ons, name="add_ons"),
    path("mercado/<slug:family>/<slug:service>/confirmar/", purchase.confirm, name="confirm"),
    path("cuenta/pedidos/", orders.order_list, name="orders"),
    path("cuenta/pedidos/<uuid:order>/", orders.order, name="order"),
    path("cuenta/pedidos/<uuid:order>/reintentar/", orders.retry, name="retry_order"),
    path("cuenta/pedidos/<uuid:order>/cancelar/", orders.cancel, name="cancel_order"),
    path("cuenta/suscripciones/", subscriptions.subscription_list, name="subscriptions"),
    path("cuenta/suscripciones/<uuid:subscription>/", subscriptions.subscription, name="subscription"),
    path("cuenta/suscripciones/<uuid:subscription>/recursos/", changes.choose, name="change"),
    path("cuenta/suscripciones/<uuid:subscription>/recursos/confirmar/", changes.confirm, name="confirm_change"),
    path("cuenta/suscripciones/<uuid:subscription>/cambiar/", changes.switch, name="switch"),
    path("cuenta/suscripciones/<uuid:subscription>/cambiar/confirmar/", changes.confirm_switch, name="confirm_switch"),
    path("cuenta/suscripciones/<uuid:subscription>/periodo/", billing_cycle.cycle, name="cycle"),
    path("cuenta/suscripciones/<uuid:subscription>/cancelar/", cancellation.cancel, name="cancel_subscription"),
    path("cuenta/suscripciones/<uuid:subscription>/renovacion/", cancellation.auto_renew, name="auto_renew"),
    path("cuenta/suscripciones/<uuid:subscription>/reactivar/", cancellation.reactivate, name="reactivate"),
    path("otros-servicios/", subscriptions.other_services, name="other_services"),
]
