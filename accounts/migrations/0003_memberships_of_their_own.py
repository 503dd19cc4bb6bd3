"""A membership becomes all that an account sees of a person: see the docstring of Membership."""

import datetime
import uuid

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import cloudpanel.core.folding

FILL = """
UPDATE accounts_membership m SET public_id = gen_random_uuid(), name = u.name, email = u.email,
    is_pending = u.activated_at IS NULL, last_sign_in_at = coalesce(u.last_login, m.last_sign_in_at)
FROM accounts_user u WHERE u.id = m.user_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
# The copies cannot go stale, whoever writes.
COPIES = """
CREATE FUNCTION accounts_membership_fill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT u.email, CASE WHEN NEW.name = '' THEN u.name ELSE NEW.name END INTO NEW.email, NEW.name
    FROM accounts_user u WHERE u.id = NEW.user_id;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_membership_fill BEFORE INSERT ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_membership_fill();
CREATE FUNCTION accounts_user_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_membership m SET email = NEW.email,
        name = CASE WHEN m.name = OLD.name AND NOT m.is_pending THEN NEW.name ELSE m.name END
    WHERE m.user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_user_copy AFTER UPDATE OF email, name ON accounts_user
    FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email OR OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION accounts_user_copy();
"""
NO_COPIES = """
DROP TRIGGER accounts_user_copy ON accounts_user;
DROP FUNCTION accounts_user_copy();
DROP TRIGGER accounts_membership_fill ON accounts_membership;
DROP FUNCTION accounts_membership_fill();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_action_log_append_only"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddField(
            model_name="membership",
            name="email",
            field=models.CharField(blank=True, editable=False, max_length=254, verbose_name="usuario (correo)"),
        ),
        migrations.AddField(
            model_name="membership",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="habilitado"),
        ),
        migrations.AddField(
            model_name="membership",
            name="is_pending",
            field=models.BooleanField(default=False, verbose_name="sin activar"),
        ),
        migrations.AddField(
            model_name="membership",
            name="last_sign_in_at",
            field=models.DateTimeField(
                default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC), verbose_name="último ingreso"
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="name",
            field=models.CharField(blank=True, max_length=150, verbose_name="nombre"),
        ),
        migrations.AddField(
            model_name="membership",
            name="notification_email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="correo para notificaciones"),
        ),
        migrations.AddField(
            model_name="membership",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, verbose_name="identificador"),
        ),
        migrations.RunSQL(FILL + COPIES, NO_COPIES),
        migrations.AlterField(
            model_name="membership",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
        ),
        migrations.AddField(
            model_name="membership",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="versión"),
        ),
        migrations.AddField(
            model_name="membership",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=cloudpanel.core.folding.Folded("name", models.Value(" "), "email"),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["account", "search_text", "id"], name="membership_by_name"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["account", "email", "id"], name="membership_by_email"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["account", "last_sign_in_at", "id"], name="membership_by_sign_in"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["account", "role", "id"], name="membership_by_role"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search_text", name="gin_trgm_ops"), name="membership_search"
            ),
        ),
    ]
