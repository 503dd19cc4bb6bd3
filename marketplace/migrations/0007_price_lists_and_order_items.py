"""Prices move into lists with dates, and an order becomes able to hold several services (packages)."""

from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_support_permissions"),
        ("billing", "0005_ledger_promises"),
        ("marketplace", "0006_subscription_promises"),
        ("provisioning", "0004_driver_staff_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
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
            ],
            options={
                "verbose_name": "cupón o promoción",
                "verbose_name_plural": "cupones y promociones",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provisioning_at", models.DateTimeField(blank=True, null=True, verbose_name="aprovisionamiento")),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completado")),
                ("failure_message", models.TextField(blank=True, verbose_name="qué falló")),
            ],
            options={
                "verbose_name": "servicio del pedido",
                "verbose_name_plural": "servicios del pedido",
                "ordering": ["pk"],
            },
        ),
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
            },
        ),
        migrations.CreateModel(
            name="PackageLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "service",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Las líneas con el mismo número son una misma suscripción.",
                        verbose_name="servicio n.º",
                    ),
                ),
                ("units", models.PositiveIntegerField(default=1, verbose_name="unidades")),
            ],
            options={
                "verbose_name": "contenido del paquete",
                "verbose_name_plural": "contenido del paquete",
                "ordering": ["package", "service", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, verbose_name="código")),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="válida desde")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="válida hasta (inclusive)")),
            ],
            options={
                "verbose_name": "lista de precios",
                "verbose_name_plural": "listas de precios",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionDiscount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_positive",
        ),
        migrations.AddField(
            model_name="addon",
            name="included_units",
            field=models.PositiveIntegerField(default=0, verbose_name="unidades sin costo"),
        ),
        migrations.AddField(
            model_name="addon",
            name="min_units",
            field=models.PositiveIntegerField(default=1, verbose_name="mínimo de unidades"),
        ),
        migrations.AddField(
            model_name="order",
            name="coupon_code",
            field=models.CharField(blank=True, max_length=40, verbose_name="código usado"),
        ),
        migrations.AddField(
            model_name="order",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="billing.invoice",
                verbose_name="factura",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="period",
            field=models.CharField(
                choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                default="monthly",
                max_length=8,
                verbose_name="periodo",
            ),
        ),
        migrations.RenameField("order", "monthly_total", "recurring_total"),
        migrations.AlterField(
            model_name="order",
            name="recurring_total",
            field=models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total por periodo"),
        ),
        migrations.AddField(
            model_name="order",
            name="trial_days",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="días de prueba"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="discount",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="included_units",
            field=models.PositiveIntegerField(default=0, verbose_name="unidades sin costo"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="kind",
            field=models.CharField(
                choices=[("charge", "Cargo"), ("credit", "Abono")], default="charge", max_length=6, verbose_name="tipo"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="period_end",
            field=models.DateField(blank=True, null=True, verbose_name="periodo hasta (sin incluir)"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="period_start",
            field=models.DateField(blank=True, null=True, verbose_name="periodo desde"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="setup_discount",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="descuento del alta"
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="trial_days",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Los primeros días no se cobran, una vez por cuenta y servicio.",
                verbose_name="días de prueba",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="is_charged_when_ready",
            field=models.BooleanField(
                default=False,
                help_text="Se pone en marcha enseguida y se cobra cuando funciona. Sin esto, primero se paga.",
                verbose_name="no se cobra hasta que funcione",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="sat_product_code",
            field=models.CharField(default="81112106", max_length=8, verbose_name="clave de producto o servicio (SAT)"),
        ),
        migrations.AddField(
            model_name="product",
            name="sat_unit_code",
            field=models.CharField(default="E48", max_length=3, verbose_name="clave de unidad (SAT)"),
        ),
        migrations.AlterField(
            model_name="order",
            name="terms",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.termsversion",
                verbose_name="términos",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="terms_accepted_at",
            field=models.DateTimeField(
                blank=True, default=django.utils.timezone.now, null=True, verbose_name="términos aceptados"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="terms_accepted_by",
            field=models.CharField(blank=True, max_length=254, verbose_name="términos aceptados por"),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="unit_price",
            field=models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por periodo"),
        ),
        migrations.AddConstraint(
            model_name="addon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("included_units__lte", models.F("max_units")), ("min_units__lte", models.F("max_units"))
                ),
                name="addon_units_in_order",
                violation_error_message="El mínimo y las unidades sin costo no pueden pasar del máximo.",
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="products",
            field=models.ManyToManyField(
                blank=True,
                help_text="Vacío: todos.",
                related_name="+",
                to="marketplace.product",
                verbose_name="servicios",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="coupon",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.coupon",
                verbose_name="cupón o promoción",
            ),
        ),
        migrations.AddField(
            model_name="orderitem",
            name="job",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="provisioning.job",
                verbose_name="operación",
            ),
        ),
        migrations.AddField(
            model_name="orderitem",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="marketplace.order",
                verbose_name="pedido",
            ),
        ),
        migrations.AddField(
            model_name="orderitem",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order_items",
                to="marketplace.subscription",
                verbose_name="suscripción",
            ),
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
        migrations.AddField(
            model_name="orderline",
            name="item",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="marketplace.orderitem",
                verbose_name="servicio del pedido",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount__gte", 0),
                    ("setup_discount__gte", 0),
                    ("units__gt", 0),
                    models.Q(("amount__gte", 0), ("kind", "credit"), _connector="OR"),
                ),
                name="order_line_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.UniqueConstraint(fields=("slug",), name="package_slug_unique"),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_from__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="package_ends_after_it_begins",
                violation_error_message="El paquete no puede terminar antes de empezar.",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="package",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.package",
                verbose_name="paquete",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("coupon_code", ""), _negated=True), models.Q(("state", "cancelled"), _negated=True)
                ),
                fields=("account", "coupon"),
                name="order_coupon_once_per_account",
            ),
        ),
        migrations.AddField(
            model_name="packageline",
            name="add_on",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.addon",
                verbose_name="recurso adicional",
            ),
        ),
        migrations.AddField(
            model_name="packageline",
            name="package",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="marketplace.package",
                verbose_name="paquete",
            ),
        ),
        migrations.AddField(
            model_name="packageline",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="add_on",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="prices",
                to="marketplace.addon",
                verbose_name="recurso adicional",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="package",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="prices",
                to="marketplace.package",
                verbose_name="paquete",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="prices",
                to="marketplace.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AddField(
            model_name="pricelist",
            name="account",
            field=models.ForeignKey(
                blank=True,
                help_text="Vacía: lista general. Con una cuenta: sus precios, que van antes que los generales.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="price_lists",
                to="accounts.account",
                verbose_name="cuenta",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="price_list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="prices",
                to="marketplace.pricelist",
                verbose_name="lista de precios",
            ),
        ),
        migrations.AddField(
            model_name="subscriptiondiscount",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="discounts",
                to="marketplace.subscription",
                verbose_name="suscripción",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Upper("code"),
                condition=models.Q(("code", ""), _negated=True),
                name="coupon_code_unique",
                violation_error_message="Ese código ya existe.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("percent__gt", 0), ("percent__lte", 100)),
                    models.Q(("amount__gt", 0), ("percent__isnull", True)),
                    _connector="OR",
                ),
                name="coupon_percent_or_amount",
                violation_error_message="Indique un porcentaje (hasta 100) o un importe, no los dos.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("max_uses__isnull", True), ("used_count__lte", models.F("max_uses")), _connector="OR"
                ),
                name="coupon_not_overused",
                violation_error_message="Ya se usó más veces que ese límite.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("periods__isnull", True), ("periods__gt", 0), _connector="OR"),
                name="coupon_periods_positive",
                violation_error_message="El descuento dura al menos un periodo.",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.UniqueConstraint(fields=("order", "subscription"), name="order_item_once"),
        ),
        migrations.AddConstraint(
            model_name="packageline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("add_on__isnull", True), ("plan__isnull", False), ("units", 1)),
                    models.Q(("add_on__isnull", False), ("plan__isnull", True), ("units__gt", 0)),
                    _connector="OR",
                ),
                name="package_line_is_plan_or_addon",
                violation_error_message="Cada línea es un plan (una unidad) o un recurso adicional.",
            ),
        ),
        migrations.AddConstraint(
            model_name="packageline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("plan__isnull", False)),
                fields=("package", "service"),
                name="package_one_plan_per_service",
                violation_error_message="Cada servicio del paquete tiene un solo plan.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.UniqueConstraint(fields=("code",), name="price_list_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="price_list_ends_after_it_begins",
                violation_error_message="La lista no puede terminar antes de empezar.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("add_on__isnull", True), ("package__isnull", True), ("plan__isnull", False)),
                    models.Q(("add_on__isnull", False), ("package__isnull", True), ("plan__isnull", True)),
                    models.Q(("add_on__isnull", True), ("package__isnull", False), ("plan__isnull", True)),
                    _connector="OR",
                ),
                name="price_of_one_thing",
                violation_error_message="Un precio es de un plan, de un recurso adicional o de un paquete.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("setup_fee__gte", 0)),
                name="price_not_negative",
                violation_error_message="Un precio no puede ser negativo.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                condition=models.Q(("plan__isnull", False)),
                fields=("price_list", "plan", "period"),
                name="price_once_per_plan",
                violation_error_message="Ese precio ya está en la lista.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                condition=models.Q(("add_on__isnull", False)),
                fields=("price_list", "add_on", "period"),
                name="price_once_per_add_on",
                violation_error_message="Ese precio ya está en la lista.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                condition=models.Q(("package__isnull", False)),
                fields=("price_list", "package", "period"),
                name="price_once_per_package",
                violation_error_message="Ese precio ya está en la lista.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptiondiscount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("percent__gt", 0), ("percent__lte", 100)),
                    models.Q(("amount__gt", 0), ("percent__isnull", True)),
                    _connector="OR",
                ),
                name="subscription_discount_percent_or_amount",
            ),
        ),
        migrations.AddField(
            "order", "started_at", models.DateTimeField(blank=True, null=True, verbose_name="pagado y empezado")
        ),
        # What 0009 removes must be able to come back empty, before 0008 fills it again.
        migrations.AlterField("plan", "price", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
        migrations.AlterField("plan", "setup_fee", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
        migrations.AlterField("addon", "price", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
        migrations.AlterField("addon", "setup_fee", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
        migrations.AlterField(
            "order",
            "subscription",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="single_orders",
                to="marketplace.subscription",
            ),
        ),
    ]
