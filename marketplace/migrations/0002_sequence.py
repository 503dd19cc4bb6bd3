"""Where order numbers come from: a sequence never gives the same number twice, also under concurrency."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE marketplace_order_number_seq START 1001", "DROP SEQUENCE marketplace_order_number_seq"
        )
    ]
