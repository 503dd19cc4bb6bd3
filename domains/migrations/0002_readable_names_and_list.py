"""The name as people read it, kept beside its A-labels; what the list is ordered and searched by."""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models.functions import Lower

import cloudpanel.core.folding
import domains.models.domains
from cloudpanel.core.domain_names import readable


def fill(apps, schema_editor):
    rows = apps.get_model("domains", "Domain").objects
    for pk, name in rows.filter(name__contains="xn--").values_list("pk", "name"):
        rows.filter(pk=pk).update(shown_name=readable(name))
    rows.filter(shown_name="").update(shown_name=models.F("name"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_cfdi_use"), ("domains", "0001_domains_and_contacts")]

    operations = [
        migrations.RemoveIndex(model_name="domain", name="domain_by_name"),
        migrations.AddField(
            "domain",
            "shown_name",
            domains.models.domains.ReadableNameField(
                db_collation="C", default="", editable=False, max_length=253, verbose_name="nombre legible"
            ),
        ),
        migrations.AlterField(
            "domain", "name", models.CharField(db_collation="C", max_length=253, verbose_name="dominio")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            "domain",
            "search_text",
            models.GeneratedField(
                db_persist=True,
                expression=cloudpanel.core.folding.Folded("shown_name", models.Value(" "), "name"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddIndex(
            "domain",
            models.Index(
                condition=~models.Q(state__in=["gone", "terminated"]),
                fields=["account", "search_text", "id"],
                name="domain_listed",
            ),
        ),
        migrations.AddIndex(
            "domain",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search_text", name="gin_trgm_ops"), name="domain_search"
            ),
        ),
        migrations.AddConstraint(
            "domain", models.CheckConstraint(condition=models.Q(name=Lower("name")), name="domain_name_lower")
        ),
    ]
