"""Which sheet of a workbook is read, and how many rows stand above the headings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_search_within_a_subscription")]

    operations = [
        migrations.AddField(
            "mailboximport",
            "sheet",
            models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="hoja"),
        ),
        migrations.AddField(
            "mailboximport", "sheets", models.JSONField(blank=True, default=list, verbose_name="hojas del libro")
        ),
        migrations.AddField(
            "mailboximport",
            "rows_above",
            models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="filas sobre los encabezados"),
        ),
    ]
