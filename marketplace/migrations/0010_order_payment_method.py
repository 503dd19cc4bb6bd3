"""Which card an order is charged to, when it is not paid by transfer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_ways_to_pay"), ("marketplace", "0009_one_place_for_prices")]

    operations = [
        migrations.AddField(
            "order",
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
    ]
