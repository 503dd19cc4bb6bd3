"""The aliases that the rows of a file name, so that they can be held against each other."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0012_sheets_and_titles")]

    operations = [
        migrations.CreateModel(
            "ImportAlias",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="fila")),
                ("address", models.CharField(db_collation="C", max_length=254, verbose_name="alias")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="exchange.mailboximport",
                    ),
                ),
            ],
            options={"verbose_name": "alias de una fila", "verbose_name_plural": "alias de filas"},
        ),
        migrations.AddIndex(
            "importalias", models.Index(fields=["batch", "address"], name="import_alias_by_address")
        ),
        migrations.AddConstraint(
            "importalias", models.UniqueConstraint(fields=("batch", "number", "address"), name="import_alias_once")
        ),
    ]
