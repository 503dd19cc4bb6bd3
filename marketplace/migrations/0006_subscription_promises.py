"""What the database promises of periods and items, apart from 0005: rows and constraints do not change in one transaction."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0005_subscription_periods")]

    operations = [
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(period_start__isnull=True) | Q(period_end__gt=F("period_start")),
                name="subscription_period_has_days",
            ),
        ),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(period_end__isnull=True) | Q(billed_until__gte=F("period_end")),
                name="subscription_billed_until_period_end",
            ),
        ),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(period_discount__range=(0, 1), next_discount__range=(0, 1)),
                name="subscription_discount_is_a_fraction",
            ),
        ),
        migrations.AddConstraint(
            "subscriptionitem",
            models.CheckConstraint(
                condition=Q(plan__isnull=False, add_on__isnull=True) | Q(plan__isnull=True, add_on__isnull=False),
                name="subscription_item_is_plan_or_addon",
            ),
        ),
        migrations.AddConstraint(
            "subscriptionitem",
            models.CheckConstraint(condition=Q(units__gt=0, unit_price__gte=0), name="subscription_item_positive"),
        ),
        migrations.AddConstraint(
            "subscriptionitem",
            models.UniqueConstraint(
                condition=Q(plan__isnull=False), fields=("subscription",), name="subscription_one_plan"
            ),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(
                condition=Q(state="active", auto_renew=True), fields=["billed_until"], name="subscription_to_invoice"
            ),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(condition=Q(state="active"), fields=["period_end"], name="subscription_to_roll"),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(condition=Q(state="suspended"), fields=["terminates_on"], name="subscription_to_terminate"),
        ),
    ]
