"""Invoices, payments and ways to pay. Written in full: the gateway's own address is not below /cuenta/."""

from django.urls import path

from billing.views import complements, invoices, methods, pay, statement, webhooks

app_name = "billing"
urlpatterns = [
    path("cuenta/metodos-de-pago/", methods.methods, name="methods"),
    path("cuenta/metodos-de-pago/tarjeta/", methods.add_card, name="add_card"),
    path("cuenta/metodos-de-pago/tarjeta/<uuid:setup>/", methods.card_setup, name="card_setup"),
    path("cuenta/metodos-de-pago/tarjeta/<uuid:setup>/listo/", methods.card_typed, name="card_typed"),
    path("cuenta/metodos-de-pago/<uuid:method>/predeterminada/", methods.make_default, name="method_default"),
    path("cuenta/metodos-de-pago/<uuid:method>/quitar/", methods.remove, name="method_remove"),
    path("cuenta/facturas/<uuid:invoice>/pagar/", pay.pay, name="pay"),
    path("cuenta/facturas/<uuid:invoice>/pagar/tarjeta/", pay.pay_with_card, name="pay_with_card"),
    path("cuenta/pagos/<uuid:payment>/", pay.payment, name="payment"),
    path("cuenta/pagos/<uuid:payment>/autorizado/", pay.authorised, name="payment_authorised"),
    path("cuenta/pagos/<uuid:payment>/cancelar/", pay.give_up, name="payment_give_up"),
    path("cuenta/pagos/<uuid:payment>/complemento/<uuid:invoice>/", complements.complement, name="payment_complement"),
    path("pagos/stripe/", webhooks.stripe, name="stripe_webhook"),
    path("cuenta/facturas/", invoices.invoice_list, name="invoices"),
    path("cuenta/facturas/<uuid:invoice>/", invoices.invoice, name="invoice"),
    path("cuenta/facturas/<uuid:invoice>/pdf/", invoices.invoice_pdf, name="invoice_pdf"),
    path("cuenta/facturas/<uuid:invoice>/xml/", invoices.invoice_xml, name="invoice_xml"),
    path("cuenta/facturas/<uuid:invoice>/enviar/", invoices.send_invoice, name="send_invoice"),
    path("cuenta/notas-de-credito/<uuid:note>/pdf/", invoices.note_pdf, name="note_pdf"),
    path("cuenta/notas-de-credito/<uuid:note>/xml/", invoices.note_xml, name="note_xml"),
    path("cuenta/estado-de-cuenta/", statement.statement, name="statement"),
    path("cuenta/estado-de-cuenta/<slug:file_format>/", statement.export, name="statement_file"),
]
