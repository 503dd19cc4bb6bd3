"""Where payment references come from: a sequence never gives the same number twice, also under concurrency."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE billing_payment_reference_seq START 1001", "DROP SEQUENCE billing_payment_reference_seq"
        )
    ]
