"""A search reads the index of one account instead of everybody's."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_memberships_with_fewer_indexes")]

    operations = [
        BtreeGinExtension(),
        migrations.RemoveIndex("membership", "membership_search"),
        migrations.AddIndex(
            "membership",
            GinIndex(
                fields=["account", "search_text"], opclasses=["int8_ops", "gin_trgm_ops"], name="membership_search"
            ),
        ),
    ]
