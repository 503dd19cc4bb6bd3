"""Subscriptions get their period and the items that it is made of. What was bought before keeps the price of its order."""

import decimal
from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models


def fill_periods(apps, schema_editor):
    """``period_end`` is the former next renewal. What never renewed keeps its nulls."""
    Subscription = apps.get_model("marketplace", "Subscription")
    for one in Subscription.objects.filter(period_end__isnull=False).select_related("account"):
        start = one.period_end - timedelta(days=31)
        start = start.replace(day=min(one.period_end.day, 28)) if start.month != one.period_end.month else start
        one.period_start = min(start, one.period_end - timedelta(days=1))
        one.billed_until = one.period_end
        one.anchor_day = one.activated_at.day if one.activated_at else one.period_end.day
        one.save(update_fields=["period_start", "billed_until", "anchor_day"])


def fill_items(apps, schema_editor):
    """From the lines of what was delivered; where there are none, one item of the plan at the price agreed."""
    Subscription = apps.get_model("marketplace", "Subscription")
    OrderLine = apps.get_model("marketplace", "OrderLine")
    SubscriptionItem = apps.get_model("marketplace", "SubscriptionItem")
    for one in Subscription.objects.filter(activated_at__isnull=False).select_related("plan"):
        lines = OrderLine.objects.filter(order__subscription=one, order__state="completed").order_by("pk")
        items = [
            SubscriptionItem(
                subscription=one,
                plan_id=line.plan_id,
                add_on_id=line.add_on_id,
                description=line.description,
                units=line.units,
                unit_price=line.unit_price,
            )
            for line in lines
        ]
        if not any(item.plan_id for item in items):
            rest = max(one.price - sum(item.units * item.unit_price for item in items), decimal.Decimal(0))
            items.append(SubscriptionItem(subscription=one, plan=one.plan, description=one.plan.name, unit_price=rest))
        SubscriptionItem.objects.bulk_create(items)


def drop_nothing(apps, schema_editor):
    """Going back loses the items; the orders still have their lines."""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_undelivered_orders")]

    operations = [
        migrations.RenameField("subscription", "next_renewal_date", "period_end"),
        migrations.AlterField(
            "subscription", "period_end", models.DateField(blank=True, null=True, verbose_name="fin del periodo")
        ),
        migrations.AlterField(
            "subscription",
            "price",
            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por periodo"),
        ),
        migrations.AddField(
            "subscription",
            "billing_period",
            models.CharField(
                choices=[("monthly", "Mensual"), ("yearly", "Anual")],
                default="monthly",
                max_length=10,
                verbose_name="se paga",
            ),
        ),
        migrations.AddField(
            "subscription", "currency", models.CharField(default="MXN", max_length=3, verbose_name="moneda")
        ),
        migrations.AddField(
            "subscription", "trial_days", models.PositiveSmallIntegerField(default=0, verbose_name="días de prueba")
        ),
        migrations.AddField(
            "subscription", "is_trial", models.BooleanField(default=False, verbose_name="en periodo de prueba")
        ),
        migrations.AddField(
            "subscription",
            "period_start",
            models.DateField(blank=True, null=True, verbose_name="inicio del periodo"),
        ),
        migrations.AddField(
            "subscription",
            "anchor_day",
            models.PositiveSmallIntegerField(default=1, verbose_name="día de renovación"),
        ),
        migrations.AddField(
            "subscription", "billed_until", models.DateField(blank=True, null=True, verbose_name="facturada hasta")
        ),
        migrations.AddField(
            "subscription",
            "billing_round",
            models.PositiveIntegerField(default=0, editable=False, verbose_name="vuelta de facturación"),
        ),
        migrations.AddField(
            "subscription",
            "period_discount",
            models.DecimalField(
                decimal_places=8,
                default=decimal.Decimal(0),
                editable=False,
                max_digits=9,
                verbose_name="descuento del periodo",
            ),
        ),
        migrations.AddField(
            "subscription",
            "next_discount",
            models.DecimalField(
                decimal_places=8,
                default=decimal.Decimal(0),
                editable=False,
                max_digits=9,
                verbose_name="descuento del periodo siguiente",
            ),
        ),
        migrations.AddField(
            "subscription",
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
        migrations.AddField(
            "subscription", "suspended_at", models.DateTimeField(blank=True, null=True, verbose_name="suspendida")
        ),
        migrations.AddField(
            "subscription", "terminates_on", models.DateField(blank=True, null=True, verbose_name="se borra el")
        ),
        migrations.RunPython(fill_periods, drop_nothing, elidable=True),
        migrations.CreateModel(
            name="SubscriptionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("description", models.CharField(max_length=200, verbose_name="descripción")),
                ("units", models.PositiveIntegerField(default=1, verbose_name="unidades")),
                ("included_units", models.PositiveIntegerField(default=0, verbose_name="unidades incluidas")),
                (
                    "unit_price",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="precio por unidad y periodo"),
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
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
            ],
            options={
                "verbose_name": "concepto de la suscripción",
                "verbose_name_plural": "conceptos de la suscripción",
                "ordering": ["pk"],
            },
        ),
        migrations.RunPython(fill_items, drop_nothing, elidable=True),
        migrations.DeleteModel("SubscriptionAddOn"),
    ]
