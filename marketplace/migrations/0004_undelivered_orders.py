from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0003_accepted_terms_stay")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state__in", ["completed", "cancelled"]), _negated=True),
                fields=["account"],
                name="order_undelivered",
            ),
        ),
    ]
