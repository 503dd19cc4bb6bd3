"""The list of orders is one range of one index, also on page 2,000: by the primary key alone the planner walked that of all
accounts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0010_order_payment_method")]

    operations = [
        migrations.RemoveIndex("order", "order_by_account"),
        migrations.AddIndex("order", models.Index(fields=["account", "-number", "-id"], name="order_by_account")),
    ]
