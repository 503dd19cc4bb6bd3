"""A search reads the index of one subscription instead of every customer's."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_search_within_an_account"),  # brings the operator class of numbers
        ("exchange", "0010_findings_of_lists_and_contacts"),
    ]

    operations = [
        migrations.RemoveIndex("mailbox", "mailbox_search"),
        migrations.AddIndex(
            "mailbox",
            GinIndex(
                fields=["subscription", "search_text"], opclasses=["int8_ops", "gin_trgm_ops"], name="mailbox_search"
            ),
        ),
    ]
