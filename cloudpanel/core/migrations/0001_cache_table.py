"""The table of CACHES["default"], in the shape `createcachetable` gives it, so that `migrate` is all there is to run."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE IF NOT EXISTS cache_entries (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX IF NOT EXISTS cache_entries_expires ON cache_entries (expires);
            """,
            "DROP TABLE cache_entries",
        )
    ]
