"""Documents, payments and the ledger. Payment references come from a sequence, which never gives a number twice. The database
itself refuses an unbalanced transaction, a changed or removed entry, and changes to what an issued document says."""

import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import billing.models.payments

LEDGER_STAYS = """
CREATE FUNCTION billing_ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_ledgerentry WHERE transaction_id = NEW.transaction_id
               GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'Ledger transaction % does not sum to zero', NEW.transaction_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_ledger_balances AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_ledger_check();
CREATE FUNCTION billing_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only (% refused)', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_ledgerentry_no_change BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgerentry_no_truncate BEFORE TRUNCATE ON billing_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgertransaction_no_change BEFORE UPDATE OR DELETE ON billing_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgertransaction_no_truncate BEFORE TRUNCATE ON billing_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION billing_ledger_refuse();
"""
LEDGER_MAY_CHANGE = """
DROP TRIGGER billing_ledgertransaction_no_truncate ON billing_ledgertransaction;
DROP TRIGGER billing_ledgertransaction_no_change ON billing_ledgertransaction;
DROP TRIGGER billing_ledgerentry_no_truncate ON billing_ledgerentry;
DROP TRIGGER billing_ledgerentry_no_change ON billing_ledgerentry;
DROP FUNCTION billing_ledger_refuse();
DROP TRIGGER billing_ledger_balances ON billing_ledgerentry;
DROP FUNCTION billing_ledger_check();
"""
DOCUMENTS_STAY = """
CREATE FUNCTION billing_document_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Issued documents stay as they were (% of % refused)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_invoice_stays BEFORE DELETE OR UPDATE OF account_id, series_id, number, source, issued_at,
    issue_date, currency, subtotal, tax, total, concept, reference, issuer, receiver, cfdi_use
    ON billing_invoice FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_creditnote_stays BEFORE DELETE OR UPDATE ON billing_creditnote
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_invoiceline_stays BEFORE DELETE OR UPDATE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_creditnoteline_stays BEFORE DELETE OR UPDATE ON billing_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
"""
DOCUMENTS_MAY_CHANGE = """
DROP TRIGGER billing_creditnoteline_stays ON billing_creditnoteline;
DROP TRIGGER billing_invoiceline_stays ON billing_invoiceline;
DROP TRIGGER billing_creditnote_stays ON billing_creditnote;
DROP TRIGGER billing_invoice_stays ON billing_invoice;
DROP FUNCTION billing_document_refuse();
"""


def make_series(apps, schema_editor):
    for code in ("F", "NC"):
        apps.get_model("billing", "InvoiceSeries").objects.get_or_create(code=code)


class Migration(migrations.Migration):
    replaces = [
        ("billing", "0001_initial"),
        ("billing", "0002_sequence"),
        ("billing", "0003_documents_and_ledger"),
        ("billing", "0004_invoices_of_payments"),
        ("billing", "0005_ledger_promises"),
        ("billing", "0006_ways_to_pay"),
        ("billing", "0007_invoices_stay"),
        ("billing", "0008_invoices_by_number"),
        ("billing", "0009_payments_are_money_only"),
        ("billing", "0010_disputes_and_undoing"),
        ("billing", "0011_stamps"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0014_search_within_an_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                ("filename", models.CharField(max_length=200, verbose_name="archivo")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="subido por",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("working", "En proceso"), ("done", "Conciliado")],
                        default="working",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="renglones")),
            ],
            options={
                "verbose_name": "archivo del banco",
                "verbose_name_plural": "conciliación bancaria",
            },
        ),
        migrations.CreateModel(
            name="InvoiceSeries",
            fields=[
                ("code", models.CharField(max_length=10, primary_key=True, serialize=False, verbose_name="serie")),
                ("next_number", models.BigIntegerField(default=1, verbose_name="siguiente número")),
            ],
            options={
                "verbose_name": "serie",
                "verbose_name_plural": "series",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("next_number__gt", 0)), name="series_number_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoiceseries",
                        verbose_name="serie",
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="número")),
                ("source", models.CharField(max_length=120, verbose_name="origen")),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="emitida")),
                ("issue_date", models.DateField(verbose_name="fecha")),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("subtotal", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="subtotal")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="IVA")),
                ("total", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total")),
                ("concept", models.CharField(max_length=200, verbose_name="concepto")),
                ("issuer", models.JSONField(verbose_name="emisor")),
                ("receiver", models.JSONField(verbose_name="receptor")),
                ("cfdi_use", models.CharField(default="G03", max_length=4, verbose_name="uso de CFDI")),
                ("payment_form", models.CharField(default="99", max_length=2, verbose_name="forma de pago")),
                ("payment_terms", models.CharField(default="PPD", max_length=3, verbose_name="método de pago")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Por pagar"), ("paid", "Pagada"), ("cancelled", "Cancelada")],
                        default="open",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                ("due_date", models.DateField(verbose_name="vence")),
                ("reference", models.CharField(max_length=20, verbose_name="referencia")),
                (
                    "paid",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="pagado"
                    ),
                ),
                (
                    "credited",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="acreditado"
                    ),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="pagada el")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelada el")),
                ("overdue_at", models.DateTimeField(blank=True, null=True, verbose_name="avisada como vencida")),
                ("is_mailed", models.BooleanField(default=False, verbose_name="enviada por correo")),
            ],
            options={
                "verbose_name": "factura",
                "verbose_name_plural": "facturas",
                "indexes": [
                    models.Index(fields=["account", "-number", "-id"], name="invoice_by_account"),
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["account", "due_date", "id"], name="invoice_open"
                    ),
                    models.Index(condition=models.Q(("state", "open")), fields=["due_date", "id"], name="invoice_due"),
                    models.Index(condition=models.Q(("is_mailed", False)), fields=["id"], name="invoice_to_mail"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("series", "number"), name="invoice_number_unique"),
                    models.UniqueConstraint(fields=("source",), name="invoice_once_per_source"),
                    models.UniqueConstraint(fields=("reference",), name="invoice_reference_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("subtotal"), "+", models.F("tax")
                                ),
                            )
                        ),
                        name="invoice_total_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credited__gte", 0), ("paid__gte", 0), ("tax__gte", 0), ("total__gte", 0)),
                        name="invoice_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("paid"), "+", models.F("credited")
                                ),
                            )
                        ),
                        name="invoice_not_overpaid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "open"),
                                (
                                    "total__gt",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("paid"), "+", models.F("credited")
                                    ),
                                ),
                            ),
                            models.Q(
                                ("paid_at__isnull", False),
                                ("state", "paid"),
                                (
                                    "total",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("paid"), "+", models.F("credited")
                                    ),
                                ),
                            ),
                            models.Q(
                                ("cancelled_at__isnull", False),
                                ("credited", models.F("total")),
                                ("paid", 0),
                                ("state", "cancelled"),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_state_follows_money",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoiceseries",
                        verbose_name="serie",
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="número")),
                ("source", models.CharField(max_length=120, verbose_name="origen")),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="emitida")),
                ("issue_date", models.DateField(verbose_name="fecha")),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("subtotal", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="subtotal")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="IVA")),
                ("total", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total")),
                ("concept", models.CharField(max_length=200, verbose_name="concepto")),
                ("issuer", models.JSONField(verbose_name="emisor")),
                ("receiver", models.JSONField(verbose_name="receptor")),
                ("cfdi_use", models.CharField(default="G03", max_length=4, verbose_name="uso de CFDI")),
                ("payment_form", models.CharField(default="99", max_length=2, verbose_name="forma de pago")),
                ("payment_terms", models.CharField(default="PPD", max_length=3, verbose_name="método de pago")),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
            ],
            options={
                "verbose_name": "nota de crédito",
                "verbose_name_plural": "notas de crédito",
                "indexes": [models.Index(fields=["account", "-id"], name="credit_note_by_account")],
                "constraints": [
                    models.UniqueConstraint(fields=("series", "number"), name="credit_note_number_unique"),
                    models.UniqueConstraint(fields=("source",), name="credit_note_once_per_source"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("subtotal"), "+", models.F("tax")
                                ),
                            )
                        ),
                        name="credit_note_total_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax__gte", 0), ("total__gte", 0)), name="credit_note_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("description", models.CharField(max_length=300, verbose_name="descripción")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, default=Decimal("1"), max_digits=12, verbose_name="cantidad"),
                ),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="precio unitario")),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                ("tax_rate", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="tasa de IVA")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="IVA")),
                ("kind", models.CharField(blank=True, max_length=20, verbose_name="tipo")),
                ("sat_product_code", models.CharField(max_length=8, verbose_name="clave de producto o servicio")),
                ("sat_unit_code", models.CharField(max_length=3, verbose_name="clave de unidad")),
                ("period_start", models.DateField(blank=True, null=True, verbose_name="desde")),
                ("period_end", models.DateField(blank=True, null=True, verbose_name="hasta")),
                (
                    "credit_note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.creditnote",
                        verbose_name="nota de crédito",
                    ),
                ),
            ],
            options={
                "verbose_name": "línea de nota de crédito",
                "verbose_name_plural": "líneas de nota de crédito",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("description", models.CharField(max_length=300, verbose_name="descripción")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, default=Decimal("1"), max_digits=12, verbose_name="cantidad"),
                ),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="precio unitario")),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                ("tax_rate", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="tasa de IVA")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="IVA")),
                ("kind", models.CharField(blank=True, max_length=20, verbose_name="tipo")),
                ("sat_product_code", models.CharField(max_length=8, verbose_name="clave de producto o servicio")),
                ("sat_unit_code", models.CharField(max_length=3, verbose_name="clave de unidad")),
                ("period_start", models.DateField(blank=True, null=True, verbose_name="desde")),
                ("period_end", models.DateField(blank=True, null=True, verbose_name="hasta")),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
            ],
            options={
                "verbose_name": "línea de factura",
                "verbose_name_plural": "líneas de factura",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="LedgerTransaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, verbose_name="clave")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "Factura"),
                            ("credit_note", "Nota de crédito"),
                            ("payment", "Pago"),
                            ("refund", "Devolución"),
                            ("unidentified", "Depósito sin identificar"),
                            ("identified", "Depósito identificado"),
                        ],
                        max_length=20,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
            ],
            options={
                "verbose_name": "movimiento contable",
                "verbose_name_plural": "movimientos contables",
                "indexes": [models.Index(fields=["account", "id"], name="ledger_by_account")],
                "constraints": [models.UniqueConstraint(fields=("key",), name="ledger_booked_once")],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.ledgertransaction",
                        verbose_name="movimiento",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "ledger",
                    models.CharField(
                        choices=[
                            ("receivable", "Clientes"),
                            ("revenue", "Ingresos"),
                            ("tax", "IVA trasladado"),
                            ("bank", "Bancos"),
                            ("card", "Tarjetas"),
                            ("unidentified", "Depósitos sin identificar"),
                            ("write_off", "Ajustes y quebrantos"),
                        ],
                        max_length=14,
                        verbose_name="libro",
                    ),
                ),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
            ],
            options={
                "verbose_name": "asiento",
                "verbose_name_plural": "asientos",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ledger", "receivable")),
                        fields=["account", "currency"],
                        include=("amount",),
                        name="ledger_receivable",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="ledger_entry_not_zero"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("transfer", "Transferencia bancaria (SPEI)"),
                            ("card", "Tarjeta"),
                            ("adjustment", "Ajuste"),
                        ],
                        default="transfer",
                        max_length=20,
                        verbose_name="método",
                    ),
                ),
                ("gateway", models.CharField(blank=True, max_length=20, verbose_name="pasarela")),
                (
                    "gateway_ref",
                    models.CharField(blank=True, max_length=255, verbose_name="identificador en la pasarela"),
                ),
                (
                    "idempotency_key",
                    models.CharField(
                        default=billing.models.payments.new_key, max_length=120, verbose_name="clave de una sola vez"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Por pagar"),
                            ("processing", "Procesando"),
                            ("needs_action", "Falta su autorización"),
                            ("received", "Pagado"),
                            ("failed", "Rechazado"),
                            ("cancelled", "Cancelado"),
                            ("refund_due", "Por devolver"),
                            ("refunded", "Devuelto"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="estado",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                (
                    "allocated",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="aplicado"
                    ),
                ),
                (
                    "refunded",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="devuelto"
                    ),
                ),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("concept", models.CharField(blank=True, max_length=200, verbose_name="concepto")),
                ("reference", models.CharField(blank=True, max_length=40, verbose_name="referencia")),
                ("received_at", models.DateTimeField(blank=True, null=True, verbose_name="recibido")),
                ("failure_code", models.CharField(blank=True, max_length=80, verbose_name="código de la falla")),
                ("failure_message", models.CharField(blank=True, max_length=300, verbose_name="motivo de la falla")),
            ],
            options={
                "verbose_name": "cobro",
                "verbose_name_plural": "cobros",
                "indexes": [
                    models.Index(fields=["account", "state"], name="payment_by_account"),
                    models.Index(
                        condition=models.Q(
                            (
                                "amount__gt",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("allocated"), "+", models.F("refunded")
                                ),
                            ),
                            ("state__in", ["received", "refund_due"]),
                        ),
                        fields=["account"],
                        name="payment_with_credit",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("idempotency_key",), name="payment_once_per_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("gateway_ref", ""), _negated=True),
                        fields=("gateway", "gateway_ref"),
                        name="payment_once_per_gateway_ref",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("method", "card"), ("state__in", ["pending", "processing", "needs_action"])
                        ),
                        fields=("invoice",),
                        name="payment_one_card_charge_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("allocated__gte", 0), ("amount__gte", 0), ("refunded__gte", 0)),
                        name="payment_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("allocated"), "+", models.F("refunded")
                                ),
                            )
                        ),
                        name="payment_not_used_twice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("received_at__isnull", False), ("state__in", ["received", "refund_due", "refunded"])
                            ),
                            models.Q(
                                ("allocated", 0),
                                ("received_at__isnull", True),
                                ("refunded", 0),
                                ("state__in", ["pending", "processing", "needs_action", "failed", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="payment_received_has_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                ("key", models.CharField(max_length=120, verbose_name="clave")),
                ("booked_on", models.DateField(verbose_name="fecha")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                ("reference", models.CharField(blank=True, max_length=80, verbose_name="referencia")),
                ("concept", models.CharField(blank=True, max_length=300, verbose_name="concepto")),
                ("tracking_key", models.CharField(blank=True, max_length=80, verbose_name="clave de rastreo")),
                ("sender", models.CharField(blank=True, max_length=200, verbose_name="ordenante")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("matched", "Aplicado a su factura"),
                            ("partial", "Pago parcial"),
                            ("overpaid", "Pagó de más"),
                            ("not_owed", "La factura ya no se debía"),
                            ("to_review", "Por revisar"),
                            ("assigned", "Asignado por soporte"),
                            ("unidentified", "Depósito sin identificar"),
                        ],
                        max_length=14,
                        verbose_name="estado",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movement",
                        to="billing.payment",
                        verbose_name="cobro",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="revisado por",
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="revisado")),
                (
                    "undone_count",
                    models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="veces deshecha"),
                ),
            ],
            options={
                "verbose_name": "movimiento del banco",
                "verbose_name_plural": "movimientos del banco",
                "indexes": [
                    models.Index(condition=models.Q(("state", "to_review")), fields=["id"], name="bank_movement_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="bank_movement_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="bank_movement_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("payment__isnull", True), ("state__in", ["to_review", "unidentified"])),
                            models.Q(
                                ("payment__isnull", False),
                                ("state__in", ["matched", "partial", "overpaid", "not_owed", "assigned"]),
                            ),
                            _connector="OR",
                        ),
                        name="bank_movement_has_payment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentAllocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.payment",
                        verbose_name="cobro",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
            ],
            options={
                "verbose_name": "aplicación de un cobro",
                "verbose_name_plural": "aplicaciones de cobros",
                "constraints": [
                    models.UniqueConstraint(fields=("payment", "invoice"), name="allocation_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="allocation_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_methods",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("gateway", models.CharField(default="stripe", max_length=20, verbose_name="pasarela")),
                ("gateway_ref", models.CharField(max_length=255, verbose_name="identificador en la pasarela")),
                ("brand", models.CharField(blank=True, max_length=30, verbose_name="marca")),
                ("last4", models.CharField(max_length=4, verbose_name="últimos cuatro dígitos")),
                ("exp_month", models.PositiveSmallIntegerField(verbose_name="mes de vencimiento")),
                ("exp_year", models.PositiveSmallIntegerField(verbose_name="año de vencimiento")),
                ("fingerprint", models.CharField(blank=True, max_length=255, verbose_name="huella")),
                ("is_default", models.BooleanField(default=False, verbose_name="predeterminada")),
                ("expiry_told_at", models.DateTimeField(blank=True, null=True, verbose_name="aviso de vencimiento")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="quitada")),
            ],
            options={
                "verbose_name": "método de pago",
                "verbose_name_plural": "métodos de pago",
                "indexes": [
                    models.Index(
                        models.F("exp_year"),
                        models.F("exp_month"),
                        condition=models.Q(("removed_at__isnull", True)),
                        name="payment_method_expiring",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("gateway", "gateway_ref"), name="payment_method_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("account",), name="payment_method_one_default"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True), models.Q(("fingerprint", ""), _negated=True)),
                        fields=("account", "fingerprint"),
                        name="payment_method_card_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("exp_month__range", (1, 12))), name="payment_method_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("removed_at__isnull", True), ("is_default", False), _connector="OR"),
                        name="payment_method_default_is_kept",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CardSetup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="iniciada por",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "Preparando"),
                            ("open", "Esperando los datos de la tarjeta"),
                            ("checking", "Comprobando"),
                            ("done", "Guardada"),
                            ("failed", "Rechazada"),
                        ],
                        default="preparing",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                (
                    "gateway_ref",
                    models.CharField(blank=True, max_length=255, verbose_name="identificador en la pasarela"),
                ),
                ("client_secret", models.BinaryField(null=True)),
                (
                    "method",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentmethod",
                        verbose_name="método de pago",
                    ),
                ),
                ("failure_message", models.CharField(blank=True, max_length=300, verbose_name="motivo de la falla")),
            ],
            options={
                "verbose_name": "alta de tarjeta",
                "verbose_name_plural": "altas de tarjetas",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("gateway_ref", ""), _negated=True),
                        fields=("gateway_ref",),
                        name="card_setup_once_per_gateway_ref",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CardCharge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="card_charge",
                        to="billing.payment",
                        verbose_name="cobro",
                    ),
                ),
                (
                    "method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.paymentmethod",
                        verbose_name="método de pago",
                    ),
                ),
                ("client_secret", models.BinaryField(null=True)),
            ],
            options={
                "verbose_name": "cargo a tarjeta",
                "verbose_name_plural": "cargos a tarjetas",
            },
        ),
        migrations.CreateModel(
            name="ReceivedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=20, verbose_name="pasarela")),
                ("event_id", models.CharField(max_length=255, verbose_name="identificador")),
                ("kind", models.CharField(max_length=255, verbose_name="tipo")),
                ("object_ref", models.CharField(blank=True, max_length=255, verbose_name="objeto")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("rung", "Se consulta a la pasarela"),
                            ("unknown", "De algo que no es nuestro"),
                            ("ignored", "No cambia nada aquí"),
                        ],
                        max_length=10,
                        verbose_name="resultado",
                    ),
                ),
                ("received_at", models.DateTimeField(auto_now_add=True, verbose_name="recibido")),
            ],
            options={
                "verbose_name": "aviso de la pasarela",
                "verbose_name_plural": "avisos de la pasarela",
                "constraints": [models.UniqueConstraint(fields=("gateway", "event_id"), name="received_event_once")],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="billing.payment",
                        verbose_name="cobro",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "Por devolver"),
                            ("processing", "Procesando"),
                            ("done", "Devuelto"),
                            ("failed", "No se pudo devolver"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                (
                    "gateway_ref",
                    models.CharField(blank=True, max_length=255, verbose_name="identificador en la pasarela"),
                ),
                (
                    "idempotency_key",
                    models.CharField(
                        default=billing.models.payments.new_key, max_length=120, verbose_name="clave de una sola vez"
                    ),
                ),
                ("failure_message", models.CharField(blank=True, max_length=300, verbose_name="motivo de la falla")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="devuelto el")),
            ],
            options={
                "verbose_name": "devolución",
                "verbose_name_plural": "devoluciones",
                "constraints": [
                    models.UniqueConstraint(fields=("idempotency_key",), name="refund_once_per_key"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refund_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", False), ("state", "done")),
                            models.Q(("state", "done"), _negated=True),
                            _connector="OR",
                        ),
                        name="refund_done_has_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="billing.payment",
                        verbose_name="cobro",
                    ),
                ),
                ("gateway_ref", models.CharField(max_length=255, verbose_name="identificador en la pasarela")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("question", "El banco pregunta"),
                            ("open", "En disputa"),
                            ("won", "Resuelto a nuestro favor"),
                            ("lost", "Resuelto a favor del titular"),
                            ("closed", "Cerrado sin cargo"),
                        ],
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
                ("reason", models.CharField(blank=True, max_length=80, verbose_name="motivo según el banco")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelto el")),
                (
                    "withdrawal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispute",
                        to="billing.refund",
                        verbose_name="retiro",
                    ),
                ),
                (
                    "return_payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.payment",
                        verbose_name="reintegro",
                    ),
                ),
            ],
            options={
                "verbose_name": "contracargo",
                "verbose_name_plural": "contracargos",
                "constraints": [
                    models.UniqueConstraint(fields=("gateway_ref",), name="dispute_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="dispute_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("return_payment__isnull", True), ("withdrawal__isnull", False), _connector="OR"
                        ),
                        name="dispute_returns_what_went",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "invoice",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stamp",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "credit_note",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stamp",
                        to="billing.creditnote",
                        verbose_name="nota de crédito",
                    ),
                ),
                ("uuid", models.UUIDField(verbose_name="folio fiscal")),
                ("xml", models.TextField(verbose_name="CFDI timbrado")),
                ("stamped_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="timbrada")),
            ],
            options={
                "verbose_name": "timbre fiscal",
                "verbose_name_plural": "timbres fiscales",
                "constraints": [
                    models.UniqueConstraint(fields=("uuid",), name="stamp_uuid_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credit_note__isnull", True), ("invoice__isnull", False)),
                            models.Q(("credit_note__isnull", False), ("invoice__isnull", True)),
                            _connector="OR",
                        ),
                        name="stamp_of_one_document",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankFileRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="billing.bankfile",
                        verbose_name="archivo",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="renglón")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "En espera"),
                            ("booked", "Registrado"),
                            ("repeated", "Ya estaba registrado"),
                            ("skipped", "No es un depósito"),
                            ("wrong", "No se entiende"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="resultado",
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300, verbose_name="problema")),
                ("facts", models.JSONField(default=dict, verbose_name="datos")),
                (
                    "movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="billing.bankmovement",
                        verbose_name="movimiento",
                    ),
                ),
            ],
            options={
                "verbose_name": "renglón",
                "verbose_name_plural": "renglones",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "waiting")),
                        fields=["file", "number"],
                        name="bank_file_row_waiting",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("file", "number"), name="bank_file_row_once")],
            },
        ),
        migrations.CreateModel(
            name="GatewayCustomer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("gateway", models.CharField(max_length=20, verbose_name="pasarela")),
                ("ref", models.CharField(max_length=255, verbose_name="identificador en la pasarela")),
            ],
            options={
                "verbose_name": "cliente en la pasarela",
                "verbose_name_plural": "clientes en la pasarela",
                "constraints": [models.UniqueConstraint(fields=("account", "gateway"), name="gateway_customer_once")],
            },
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE billing_payment_reference_seq START 1001", "DROP SEQUENCE billing_payment_reference_seq"
        ),
        migrations.RunPython(make_series, migrations.RunPython.noop),
        migrations.RunSQL(LEDGER_STAYS, LEDGER_MAY_CHANGE),
        migrations.RunSQL(DOCUMENTS_STAY, DOCUMENTS_MAY_CHANGE),
    ]
