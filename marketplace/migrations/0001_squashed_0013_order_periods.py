"""Catalogue, orders and subscriptions. Order numbers come from a sequence, which never gives a number twice. Terms that an order
accepted cannot be rewritten, whoever writes to the database."""

import uuid
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import marketplace.models.catalogue

TERMS_STAY = """
CREATE FUNCTION marketplace_accepted_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.slug, OLD.version, OLD.title, OLD.body) IS DISTINCT FROM (NEW.slug, NEW.version, NEW.title, NEW.body)
       AND EXISTS (SELECT 1 FROM marketplace_order WHERE terms_id = OLD.id) THEN
        RAISE EXCEPTION 'terms version % was accepted by orders and cannot be changed', OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_accepted_terms_stay BEFORE UPDATE ON marketplace_termsversion
    FOR EACH ROW EXECUTE FUNCTION marketplace_accepted_terms_stay();
"""
TERMS_MAY_CHANGE = """
DROP TRIGGER marketplace_accepted_terms_stay ON marketplace_termsversion;
DROP FUNCTION marketplace_accepted_terms_stay();
"""


class Migration(migrations.Migration):
    replaces = [
        ("marketplace", "0001_initial"),
        ("marketplace", "0002_sequence"),
        ("marketplace", "0003_accepted_terms_stay"),
        ("marketplace", "0004_undelivered_orders"),
        ("marketplace", "0005_subscription_periods"),
        ("marketplace", "0006_subscription_promises"),
        ("marketplace", "0007_price_lists_and_order_items"),
        ("marketplace", "0008_move_prices_and_items"),
        ("marketplace", "0009_one_place_for_prices"),
        ("marketplace", "0010_order_payment_method"),
        ("marketplace", "0011_orders_by_number"),
        ("marketplace", "0012_changes_and_dunning"),
        ("marketplace", "0013_order_periods"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0014_search_within_an_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("billing", "0001_squashed_0011_stamps"),
        ("provisioning", "0001_squashed_0005_unsettled_jobs"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, verbose_name="dirección")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("summary", models.CharField(blank=True, max_length=200, verbose_name="resumen")),
                ("description", models.TextField(blank=True, verbose_name="descripción")),
                ("icon", models.CharField(default="packages", max_length=40, verbose_name="icono (Tabler)")),
                ("terms_slug", models.SlugField(default="servicios", max_length=60, verbose_name="términos")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="a la venta desde")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="a la venta hasta (inclusive)")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="orden")),
                ("is_active", models.BooleanField(default=True, verbose_name="a la venta")),
            ],
            options={
                "verbose_name": "paquete",
                "verbose_name_plural": "paquetes",
                "ordering": ["position", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("slug",), name="package_slug_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_from__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="package_ends_after_it_begins",
                        violation_error_message="El paquete no puede terminar antes de empezar.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, verbose_name="código")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vacía: lista general. Con una cuenta: sus precios, que van antes que los generales.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_lists",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="válida desde")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="válida hasta (inclusive)")),
            ],
            options={
                "verbose_name": "lista de precios",
                "verbose_name_plural": "listas de precios",
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="price_list_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="price_list_ends_after_it_begins",
                        violation_error_message="La lista no puede terminar antes de empezar.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (django.db.models.functions.comparison.Coalesce(models.F("account"), models.Value(0)), "="),
                            ("currency", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_until"),
                                    models.Value("[]"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="price_list_no_overlap",
                        violation_error_message="Ya hay otra lista de la misma cuenta y moneda en esas fechas.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceFamily",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, verbose_name="dirección")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="descripción")),
                ("icon", models.CharField(default="box", max_length=40, verbose_name="icono (Tabler)")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="orden")),
                ("is_active", models.BooleanField(default=True, verbose_name="a la venta")),
            ],
            options={
                "verbose_name": "familia de servicios",
                "verbose_name_plural": "familias de servicios",
                "ordering": ["position", "name"],
                "constraints": [models.UniqueConstraint(fields=("slug",), name="family_slug_unique")],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="marketplace.servicefamily",
                        verbose_name="familia",
                    ),
                ),
                ("slug", models.SlugField(max_length=60, verbose_name="dirección")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("kind", models.CharField(max_length=30, verbose_name="tipo de servicio")),
                ("summary", models.CharField(blank=True, max_length=200, verbose_name="resumen")),
                ("description", models.TextField(blank=True, verbose_name="descripción")),
                ("icon", models.CharField(default="box", max_length=40, verbose_name="icono (Tabler)")),
                ("terms_slug", models.SlugField(default="servicios", max_length=60, verbose_name="términos")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="orden")),
                ("is_active", models.BooleanField(default=True, verbose_name="a la venta")),
                ("is_delegable", models.BooleanField(default=True, verbose_name="se puede delegar")),
                (
                    "is_charged_when_ready",
                    models.BooleanField(
                        default=False,
                        help_text="Se pone en marcha enseguida y se cobra cuando funciona. Sin esto, primero se paga.",
                        verbose_name="no se cobra hasta que funcione",
                    ),
                ),
                (
                    "sat_product_code",
                    models.CharField(
                        default="81112106", max_length=8, verbose_name="clave de producto o servicio (SAT)"
                    ),
                ),
                ("sat_unit_code", models.CharField(default="E48", max_length=3, verbose_name="clave de unidad (SAT)")),
            ],
            options={
                "verbose_name": "servicio",
                "verbose_name_plural": "servicios",
                "ordering": ["position", "name"],
                "constraints": [models.UniqueConstraint(fields=("family", "slug"), name="product_slug_unique")],
            },
        ),
        migrations.CreateModel(
            name="AddOn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="add_ons",
                        to="marketplace.product",
                        verbose_name="servicio",
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="código")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="descripción")),
                ("resource", models.CharField(max_length=40, verbose_name="recurso")),
                ("quantity", models.PositiveIntegerField(default=1, verbose_name="cantidad por unidad")),
                ("included_units", models.PositiveIntegerField(default=0, verbose_name="unidades sin costo")),
                ("min_units", models.PositiveIntegerField(default=1, verbose_name="mínimo de unidades")),
                ("max_units", models.PositiveIntegerField(default=100, verbose_name="máximo de unidades")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="orden")),
                ("is_active", models.BooleanField(default=True, verbose_name="a la venta")),
            ],
            options={
                "verbose_name": "recurso adicional",
                "verbose_name_plural": "recursos adicionales",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "code"), name="addon_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("included_units__lte", models.F("max_units")), ("min_units__lte", models.F("max_units"))
                        ),
                        name="addon_units_in_order",
                        violation_error_message="El mínimo y las unidades sin costo no pueden pasar del máximo.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        help_text="Vacío: promoción, se aplica sola a quien le corresponda.",
                        max_length=40,
                        verbose_name="código",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Así lo lee el cliente en su pedido.", max_length=120, verbose_name="nombre"
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="porcentaje"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="importe antes de IVA"
                    ),
                ),
                (
                    "periods",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        help_text="Vacío: siempre.",
                        null=True,
                        verbose_name="periodos con descuento",
                    ),
                ),
                (
                    "billing_period",
                    models.CharField(
                        blank=True,
                        choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                        help_text="Vacío: cualquiera.",
                        max_length=8,
                        verbose_name="solo si se paga",
                    ),
                ),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="válido desde")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="válido hasta (inclusive)")),
                (
                    "max_uses",
                    models.PositiveIntegerField(
                        blank=True, help_text="Vacío: sin límite.", null=True, verbose_name="usos en total"
                    ),
                ),
                ("used_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="usos hechos")),
                ("is_active", models.BooleanField(default=True, verbose_name="en vigor")),
                (
                    "products",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Vacío: todos.",
                        related_name="+",
                        to="marketplace.product",
                        verbose_name="servicios",
                    ),
                ),
            ],
            options={
                "verbose_name": "cupón o promoción",
                "verbose_name_plural": "cupones y promociones",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Upper("code"),
                        condition=models.Q(("code", ""), _negated=True),
                        name="coupon_code_unique",
                        violation_error_message="Ese código ya existe.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("percent__gt", 0), ("percent__lte", 100)),
                            models.Q(("amount__gt", 0), ("percent__isnull", True)),
                            _connector="OR",
                        ),
                        name="coupon_percent_or_amount",
                        violation_error_message="Indique un porcentaje (hasta 100) o un importe, no los dos.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_uses__isnull", True), ("used_count__lte", models.F("max_uses")), _connector="OR"
                        ),
                        name="coupon_not_overused",
                        violation_error_message="Ya se usó más veces que ese límite.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("periods__isnull", True), ("periods__gt", 0), _connector="OR"),
                        name="coupon_periods_positive",
                        violation_error_message="El descuento dura al menos un periodo.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="marketplace.product",
                        verbose_name="servicio",
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="código")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="descripción")),
                (
                    "trial_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Los primeros días no se cobran, una vez por cuenta y servicio.",
                        verbose_name="días de prueba",
                    ),
                ),
                (
                    "resources",
                    models.JSONField(
                        default=dict,
                        validators=[marketplace.models.catalogue.validate_resources],
                        verbose_name="recursos incluidos",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="orden")),
                ("is_active", models.BooleanField(default=True, verbose_name="a la venta")),
            ],
            options={
                "verbose_name": "plan",
                "verbose_name_plural": "planes",
                "ordering": ["position", "pk"],
                "constraints": [models.UniqueConstraint(fields=("product", "code"), name="plan_code_unique")],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="marketplace.pricelist",
                        verbose_name="lista de precios",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "add_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="marketplace.addon",
                        verbose_name="recurso adicional",
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="marketplace.package",
                        verbose_name="paquete",
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                        default="monthly",
                        max_length=8,
                        verbose_name="periodo",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por periodo")),
                (
                    "setup_fee",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=12, verbose_name="costo de alta"
                    ),
                ),
            ],
            options={
                "verbose_name": "precio",
                "verbose_name_plural": "precios",
                "ordering": ["price_list", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("add_on__isnull", True), ("package__isnull", True), ("plan__isnull", False)),
                            models.Q(("add_on__isnull", False), ("package__isnull", True), ("plan__isnull", True)),
                            models.Q(("add_on__isnull", True), ("package__isnull", False), ("plan__isnull", True)),
                            _connector="OR",
                        ),
                        name="price_of_one_thing",
                        violation_error_message="Un precio es de un plan, de un recurso adicional o de un paquete.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0), ("setup_fee__gte", 0)),
                        name="price_not_negative",
                        violation_error_message="Un precio no puede ser negativo.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("plan__isnull", False)),
                        fields=("price_list", "plan", "period"),
                        name="price_once_per_plan",
                        violation_error_message="Ese precio ya está en la lista.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("add_on__isnull", False)),
                        fields=("price_list", "add_on", "period"),
                        name="price_once_per_add_on",
                        violation_error_message="Ese precio ya está en la lista.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("package__isnull", False)),
                        fields=("price_list", "package", "period"),
                        name="price_once_per_package",
                        violation_error_message="Ese precio ya está en la lista.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
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
                        related_name="subscriptions",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.product",
                        verbose_name="servicio",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="tipo de servicio")),
                ("name", models.CharField(max_length=120, verbose_name="nombre")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pendiente"),
                            ("active", "Activa"),
                            ("suspended", "Suspendida"),
                            ("terminated", "Dada de baja"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="estado",
                    ),
                ),
                (
                    "billing_period",
                    models.CharField(
                        choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                        default="monthly",
                        max_length=10,
                        verbose_name="se paga",
                    ),
                ),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por periodo")),
                ("trial_days", models.PositiveSmallIntegerField(default=0, verbose_name="días de prueba")),
                ("is_trial", models.BooleanField(default=False, verbose_name="en periodo de prueba")),
                ("auto_renew", models.BooleanField(default=True, verbose_name="renovación automática")),
                ("activated_at", models.DateTimeField(blank=True, null=True, verbose_name="activada")),
                ("period_start", models.DateField(blank=True, null=True, verbose_name="inicio del periodo")),
                ("period_end", models.DateField(blank=True, null=True, verbose_name="fin del periodo")),
                ("anchor_day", models.PositiveSmallIntegerField(default=1, verbose_name="día de renovación")),
                ("billed_until", models.DateField(blank=True, null=True, verbose_name="facturada hasta")),
                (
                    "billing_round",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="vuelta de facturación"),
                ),
                (
                    "period_discount",
                    models.DecimalField(
                        decimal_places=8,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=9,
                        verbose_name="descuento del periodo",
                    ),
                ),
                (
                    "next_discount",
                    models.DecimalField(
                        decimal_places=8,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=9,
                        verbose_name="descuento del periodo siguiente",
                    ),
                ),
                (
                    "suspended_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("non_payment", "Falta de pago"),
                            ("cancelled", "Cancelada"),
                            ("staff", "Decisión de soporte"),
                        ],
                        max_length=12,
                        verbose_name="suspendida por",
                    ),
                ),
                ("suspended_at", models.DateTimeField(blank=True, null=True, verbose_name="suspendida")),
                ("terminates_on", models.DateField(blank=True, null=True, verbose_name="se borra el")),
                (
                    "is_switched_off",
                    models.BooleanField(default=False, editable=False, verbose_name="apagada en el sistema remoto"),
                ),
                ("terminated_at", models.DateTimeField(blank=True, null=True, verbose_name="dada de baja")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                        verbose_name="última operación",
                    ),
                ),
            ],
            options={
                "verbose_name": "suscripción",
                "verbose_name_plural": "suscripciones",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["account", "state"], name="subscription_by_account"),
                    models.Index(
                        condition=models.Q(("auto_renew", True), ("state", "active")),
                        fields=["billed_until"],
                        name="subscription_to_invoice",
                    ),
                    models.Index(
                        condition=models.Q(("state", "active")), fields=["period_end"], name="subscription_to_roll"
                    ),
                    models.Index(
                        condition=models.Q(("state", "suspended")),
                        fields=["terminates_on"],
                        name="subscription_to_terminate",
                    ),
                    models.Index(
                        condition=models.Q(("is_switched_off", True)), fields=["id"], name="subscription_switched_off"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_start__isnull", True),
                            ("period_end__gt", models.F("period_start")),
                            _connector="OR",
                        ),
                        name="subscription_period_has_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_end__isnull", True), ("billed_until__gte", models.F("period_end")), _connector="OR"
                        ),
                        name="subscription_billed_until_period_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("next_discount__range", (0, 1)), ("period_discount__range", (0, 1))),
                        name="subscription_discount_is_a_fraction",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceDelegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="delegada por",
                    ),
                ),
                ("granted_at", models.DateTimeField(auto_now_add=True, verbose_name="desde")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="hasta")),
            ],
            options={
                "verbose_name": "servicio delegado",
                "verbose_name_plural": "servicios delegados",
                "constraints": [models.UniqueConstraint(fields=("user", "subscription"), name="delegation_once")],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionDiscount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("description", models.CharField(max_length=150, verbose_name="descripción")),
                (
                    "percent",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="porcentaje"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="importe antes de IVA"
                    ),
                ),
                (
                    "periods_left",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Vacío: siempre.", null=True, verbose_name="periodos que faltan"
                    ),
                ),
            ],
            options={
                "verbose_name": "descuento de la suscripción",
                "verbose_name_plural": "descuentos de la suscripción",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("percent__gt", 0), ("percent__lte", 100)),
                            models.Q(("amount__gt", 0), ("percent__isnull", True)),
                            _connector="OR",
                        ),
                        name="subscription_discount_percent_or_amount",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "add_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.addon",
                        verbose_name="recurso adicional",
                    ),
                ),
                ("description", models.CharField(max_length=200, verbose_name="descripción")),
                ("units", models.PositiveIntegerField(default=1, verbose_name="unidades")),
                ("included_units", models.PositiveIntegerField(default=0, verbose_name="unidades incluidas")),
                (
                    "unit_price",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por unidad y periodo"),
                ),
            ],
            options={
                "verbose_name": "concepto de la suscripción",
                "verbose_name_plural": "conceptos de la suscripción",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("add_on__isnull", True), ("plan__isnull", False)),
                            models.Q(("add_on__isnull", False), ("plan__isnull", True)),
                            _connector="OR",
                        ),
                        name="subscription_item_is_plan_or_addon",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0), ("units__gt", 0)), name="subscription_item_positive"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("plan__isnull", False)),
                        fields=("subscription",),
                        name="subscription_one_plan",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionResource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resources",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("resource", models.CharField(max_length=40, verbose_name="recurso")),
                ("included", models.PositiveIntegerField(verbose_name="incluido")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="usado")),
            ],
            options={
                "verbose_name": "recurso de la suscripción",
                "verbose_name_plural": "recursos de la suscripción",
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "resource"), name="subscription_resource_once"),
                    models.CheckConstraint(
                        condition=models.Q(("used__lte", models.F("included"))),
                        name="subscription_resource_within_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermsVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(default="servicios", max_length=60, verbose_name="documento")),
                ("version", models.CharField(max_length=20, verbose_name="versión")),
                ("title", models.CharField(max_length=150, verbose_name="título")),
                ("body", models.TextField(verbose_name="texto")),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="publicada")),
            ],
            options={
                "verbose_name": "versión de los términos",
                "verbose_name_plural": "versiones de los términos",
                "ordering": ["slug", "-published_at"],
                "constraints": [models.UniqueConstraint(fields=("slug", "version"), name="terms_version_unique")],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                ("number", models.BigIntegerField(editable=False, verbose_name="número")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="hecho por",
                    ),
                ),
                ("token", models.UUIDField(verbose_name="compra")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sale", "Compra"),
                            ("change", "Cambio"),
                            ("renewal", "Renovación"),
                            ("cancellation", "Baja"),
                        ],
                        default="sale",
                        max_length=12,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending_payment", "Pendiente de pago"),
                            ("in_progress", "En proceso"),
                            ("provisioning", "Aprovisionando"),
                            ("completed", "Completado"),
                            ("needs_attention", "Requiere atención"),
                            ("cancelled", "Cancelado"),
                        ],
                        default="in_progress",
                        max_length=16,
                        verbose_name="estado",
                    ),
                ),
                ("description", models.CharField(max_length=200, verbose_name="descripción")),
                (
                    "package",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.package",
                        verbose_name="paquete",
                    ),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.coupon",
                        verbose_name="cupón o promoción",
                    ),
                ),
                ("coupon_code", models.CharField(blank=True, max_length=40, verbose_name="código usado")),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "payment_method",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentmethod",
                        verbose_name="se cobra a",
                    ),
                ),
                ("return_path", models.CharField(blank=True, max_length=500, verbose_name="volver a")),
                (
                    "period",
                    models.CharField(
                        choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                        default="monthly",
                        max_length=8,
                        verbose_name="periodo",
                    ),
                ),
                ("periods", models.PositiveSmallIntegerField(default=1, verbose_name="periodos pagados de una vez")),
                ("trial_days", models.PositiveSmallIntegerField(default=0, verbose_name="días de prueba")),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("subtotal", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="subtotal")),
                ("tax_rate", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="tasa de IVA")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="IVA")),
                ("total", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total")),
                (
                    "recurring_total",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total por periodo"),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.termsversion",
                        verbose_name="términos",
                    ),
                ),
                (
                    "terms_accepted_by",
                    models.CharField(blank=True, max_length=254, verbose_name="términos aceptados por"),
                ),
                (
                    "terms_accepted_at",
                    models.DateTimeField(
                        blank=True, default=django.utils.timezone.now, null=True, verbose_name="términos aceptados"
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="pagado y empezado")),
                ("provisioning_at", models.DateTimeField(blank=True, null=True, verbose_name="aprovisionamiento")),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completado")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelado")),
                ("failure_message", models.TextField(blank=True, verbose_name="qué falló")),
            ],
            options={
                "verbose_name": "pedido",
                "verbose_name_plural": "pedidos",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["account", "-number", "-id"], name="order_by_account"),
                    models.Index(
                        condition=models.Q(("state__in", ["completed", "cancelled"]), _negated=True),
                        fields=["account"],
                        name="order_undelivered",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("number",), name="order_number_unique"),
                    models.UniqueConstraint(fields=("account", "token"), name="order_once_per_purchase"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("coupon_code", ""), _negated=True),
                            models.Q(("state", "cancelled"), _negated=True),
                        ),
                        fields=("account", "coupon"),
                        name="order_coupon_once_per_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("subtotal"), "+", models.F("tax")
                                ),
                            )
                        ),
                        name="order_total_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "completed"), _negated=True),
                            ("completed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="order_completed_has_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="marketplace.order",
                        verbose_name="pedido",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_items",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                        verbose_name="operación",
                    ),
                ),
                ("provisioning_at", models.DateTimeField(blank=True, null=True, verbose_name="aprovisionamiento")),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completado")),
                ("failure_message", models.TextField(blank=True, verbose_name="qué falló")),
            ],
            options={
                "verbose_name": "servicio del pedido",
                "verbose_name_plural": "servicios del pedido",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("order", "subscription"), name="order_item_once")],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order_item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="change",
                        to="marketplace.orderitem",
                        verbose_name="servicio del pedido",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                ("items", models.JSONField(default=list, verbose_name="conceptos")),
                ("before", models.JSONField(default=dict, verbose_name="incluido antes")),
                ("after", models.JSONField(default=dict, verbose_name="incluido después")),
            ],
            options={
                "verbose_name": "cambio de la suscripción",
                "verbose_name_plural": "cambios de la suscripción",
            },
        ),
        migrations.CreateModel(
            name="Dunning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dunning",
                        to="billing.invoice",
                        verbose_name="factura",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("step", models.PositiveSmallIntegerField(default=0, verbose_name="paso")),
                ("next_on", models.DateField(verbose_name="siguiente paso")),
                ("last_on", models.DateField(blank=True, null=True, verbose_name="último paso")),
                ("is_open", models.BooleanField(default=True, verbose_name="en curso")),
                ("has_suspended", models.BooleanField(default=False, verbose_name="suspendió el servicio")),
            ],
            options={
                "verbose_name": "cobranza",
                "verbose_name_plural": "cobranza",
                "indexes": [
                    models.Index(condition=models.Q(("is_open", True)), fields=["next_on"], name="dunning_due")
                ],
            },
        ),
        migrations.CreateModel(
            name="PackageLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="marketplace.package",
                        verbose_name="paquete",
                    ),
                ),
                (
                    "service",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Las líneas con el mismo número son una misma suscripción.",
                        verbose_name="servicio n.º",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "add_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.addon",
                        verbose_name="recurso adicional",
                    ),
                ),
                ("units", models.PositiveIntegerField(default=1, verbose_name="unidades")),
            ],
            options={
                "verbose_name": "contenido del paquete",
                "verbose_name_plural": "contenido del paquete",
                "ordering": ["package", "service", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("add_on__isnull", True), ("plan__isnull", False), ("units", 1)),
                            models.Q(("add_on__isnull", False), ("plan__isnull", True), ("units__gt", 0)),
                            _connector="OR",
                        ),
                        name="package_line_is_plan_or_addon",
                        violation_error_message="Cada línea es un plan (una unidad) o un recurso adicional.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("plan__isnull", False)),
                        fields=("package", "service"),
                        name="package_one_plan_per_service",
                        violation_error_message="Cada servicio del paquete tiene un solo plan.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="marketplace.order",
                        verbose_name="pedido",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="marketplace.orderitem",
                        verbose_name="servicio del pedido",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "add_on",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.addon",
                        verbose_name="recurso adicional",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("charge", "Cargo"), ("credit", "Abono")],
                        default="charge",
                        max_length=6,
                        verbose_name="tipo",
                    ),
                ),
                ("description", models.CharField(max_length=200, verbose_name="descripción")),
                ("period_start", models.DateField(blank=True, null=True, verbose_name="periodo desde")),
                ("period_end", models.DateField(blank=True, null=True, verbose_name="periodo hasta (sin incluir)")),
                ("units", models.PositiveIntegerField(default=1, verbose_name="unidades")),
                ("included_units", models.PositiveIntegerField(default=0, verbose_name="unidades sin costo")),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por periodo")),
                (
                    "setup_fee",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=12, verbose_name="costo de alta"
                    ),
                ),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento"
                    ),
                ),
                (
                    "setup_discount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento del alta"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="importe")),
            ],
            options={
                "verbose_name": "línea del pedido",
                "verbose_name_plural": "líneas del pedido",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("add_on__isnull", True), ("plan__isnull", False)),
                            models.Q(("add_on__isnull", False), ("plan__isnull", True)),
                            _connector="OR",
                        ),
                        name="order_line_is_plan_or_addon",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount__gte", 0),
                            ("setup_discount__gte", 0),
                            ("units__gt", 0),
                            models.Q(("amount__gte", 0), ("kind", "credit"), _connector="OR"),
                        ),
                        name="order_line_positive",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="order",
            name="subscriptions",
            field=models.ManyToManyField(
                related_name="orders",
                through="marketplace.OrderItem",
                to="marketplace.subscription",
                verbose_name="suscripciones",
            ),
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE marketplace_order_number_seq START 1001", "DROP SEQUENCE marketplace_order_number_seq"
        ),
        migrations.RunSQL(TERMS_STAY, TERMS_MAY_CHANGE),
    ]
