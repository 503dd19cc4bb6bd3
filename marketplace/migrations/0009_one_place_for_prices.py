"""What was moved is removed where it was: nothing is written in two places."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0008_move_prices_and_items")]
    operations = [
        migrations.AlterModelOptions(
            name="addon",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "recurso adicional",
                "verbose_name_plural": "recursos adicionales",
            },
        ),
        migrations.AlterModelOptions(
            name="plan",
            options={"ordering": ["position", "pk"], "verbose_name": "plan", "verbose_name_plural": "planes"},
        ),
        migrations.RemoveConstraint(
            model_name="addon",
            name="addon_price_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="plan",
            name="plan_price_not_negative",
        ),
        migrations.RemoveField(
            model_name="addon",
            name="price",
        ),
        migrations.RemoveField(
            model_name="addon",
            name="setup_fee",
        ),
        migrations.RemoveField(
            model_name="order",
            name="job",
        ),
        migrations.RemoveField(
            model_name="order",
            name="payment",
        ),
        migrations.RemoveField(
            model_name="order",
            name="subscription",
        ),
        migrations.RemoveField(
            model_name="plan",
            name="price",
        ),
        migrations.RemoveField(
            model_name="plan",
            name="setup_fee",
        ),
    ]
