"""People, accounts, e-mails and the action log. The database itself refuses to change or remove a line of the action log or one
of its seals, and keeps a membership's copies of name and address fresh, whoever writes."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models

import accounts.log_models
import cloudpanel.core.folding

LOG_STAYS = """
CREATE FUNCTION accounts_actionlog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The action log is append-only (% refused)', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER accounts_actionlog_no_change BEFORE UPDATE OR DELETE ON accounts_actionlogentry
    FOR EACH ROW EXECUTE FUNCTION accounts_actionlog_refuse();
CREATE TRIGGER accounts_actionlog_no_truncate BEFORE TRUNCATE ON accounts_actionlogentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_actionlog_refuse();
CREATE TRIGGER accounts_actionlogseal_no_change BEFORE UPDATE OR DELETE ON accounts_actionlogseal
    FOR EACH ROW EXECUTE FUNCTION accounts_actionlog_refuse();
CREATE TRIGGER accounts_actionlogseal_no_truncate BEFORE TRUNCATE ON accounts_actionlogseal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_actionlog_refuse();
"""
LOG_MAY_CHANGE = """
DROP TRIGGER accounts_actionlogseal_no_truncate ON accounts_actionlogseal;
DROP TRIGGER accounts_actionlogseal_no_change ON accounts_actionlogseal;
DROP TRIGGER accounts_actionlog_no_truncate ON accounts_actionlogentry;
DROP TRIGGER accounts_actionlog_no_change ON accounts_actionlogentry;
DROP FUNCTION accounts_actionlog_refuse();
"""
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
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_action_log_append_only"),
        ("accounts", "0003_memberships_of_their_own"),
        ("accounts", "0004_action_log_seals"),
        ("accounts", "0005_action_log_seals_append_only"),
        ("accounts", "0006_account_version_and_policy"),
        ("accounts", "0007_emails_and_preferences"),
        ("accounts", "0008_support_permissions"),
        ("accounts", "0009_misconfiguration_emails"),
        ("accounts", "0010_staff_invitations"),
        ("accounts", "0011_cfdi_use"),
        ("accounts", "0012_dispute_emails"),
        ("accounts", "0013_memberships_with_fewer_indexes"),
        ("accounts", "0014_search_within_an_account"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="usuario (correo)")),
                ("name", models.CharField(max_length=150, verbose_name="nombre")),
                (
                    "notification_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="correo para notificaciones"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("es-mx", "Español"), ("en", "Inglés")],
                        default="es-mx",
                        max_length=10,
                        verbose_name="idioma",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="habilitado")),
                ("is_staff", models.BooleanField(default=False, verbose_name="personal de soporte")),
                ("activated_at", models.DateTimeField(blank=True, null=True, verbose_name="activado")),
                ("locked_until", models.DateTimeField(blank=True, null=True, verbose_name="bloqueado hasta")),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="creado")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "usuario",
                "verbose_name_plural": "usuarios",
                "permissions": [
                    ("enter_as", "Puede entrar como un usuario"),
                    ("reset_second_factor", "Puede quitar el segundo factor de un usuario"),
                ],
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                ("legal_name", models.CharField(max_length=254, verbose_name="razón social")),
                ("tax_id", models.CharField(blank=True, max_length=13, verbose_name="RFC")),
                ("tax_regime", models.CharField(blank=True, max_length=3, verbose_name="régimen fiscal")),
                ("cfdi_use", models.CharField(blank=True, max_length=4, verbose_name="uso de CFDI")),
                ("street", models.CharField(blank=True, max_length=200, verbose_name="calle y número")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="ciudad")),
                ("state", models.CharField(blank=True, max_length=100, verbose_name="estado")),
                ("postal_code", models.CharField(blank=True, max_length=10, verbose_name="código postal")),
                ("country", models.CharField(default="MX", max_length=2, verbose_name="país")),
                (
                    "language",
                    models.CharField(
                        choices=[("es-mx", "Español"), ("en", "Inglés")],
                        default="es-mx",
                        max_length=10,
                        verbose_name="idioma",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(default="America/Mexico_City", max_length=50, verbose_name="zona horaria"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="activa")),
                ("requires_second_factor", models.BooleanField(default=False, verbose_name="exige segundo factor")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="versión")),
            ],
            options={
                "verbose_name": "cuenta",
                "verbose_name_plural": "cuentas",
            },
        ),
        migrations.CreateModel(
            name="ActionLogSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="número")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
                ("epoch", models.PositiveIntegerField(default=1, verbose_name="época")),
                ("after_id", models.BigIntegerField(default=0, verbose_name="desde")),
                ("last_transaction", models.BigIntegerField(verbose_name="última transacción")),
                ("last_entry_id", models.BigIntegerField(verbose_name="última acción")),
                (
                    "entry_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="acciones"
                    ),
                ),
                ("entry_marks", models.BinaryField(verbose_name="marcas")),
                ("mac", models.BinaryField(max_length=36, verbose_name="comprobación")),
            ],
            options={
                "verbose_name": "sello del registro",
                "verbose_name_plural": "sellos del registro",
            },
        ),
        migrations.CreateModel(
            name="UserPhoto",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="photo",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                ("image", models.BinaryField(verbose_name="imagen")),
                ("digest", models.CharField(max_length=64, verbose_name="huella")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cambiada")),
            ],
            options={
                "verbose_name": "foto",
                "verbose_name_plural": "fotos",
            },
        ),
        migrations.CreateModel(
            name="AccountContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("administrative", "Administrativo"),
                            ("billing", "Facturación"),
                            ("technical", "Técnico"),
                        ],
                        max_length=20,
                        verbose_name="tipo",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="nombre")),
                ("email", models.EmailField(max_length=254, verbose_name="correo")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="teléfono")),
            ],
            options={
                "verbose_name": "contacto",
                "verbose_name_plural": "contactos",
                "constraints": [models.UniqueConstraint(fields=("account", "kind"), name="contact_once_per_kind")],
            },
        ),
        migrations.CreateModel(
            name="ActionLogEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_log",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="usuario")),
                ("actor_name", models.CharField(max_length=254, verbose_name="quién")),
                ("impersonator_id", models.BigIntegerField(null=True, verbose_name="personal de soporte")),
                ("impersonator_name", models.CharField(blank=True, max_length=254, verbose_name="entró como")),
                ("action", models.CharField(max_length=80, verbose_name="acción")),
                ("object_type", models.CharField(blank=True, max_length=60, verbose_name="tipo de objeto")),
                ("object_id", models.CharField(blank=True, max_length=40, verbose_name="identificador del objeto")),
                ("object_name", models.CharField(blank=True, max_length=254, verbose_name="objeto")),
                (
                    "before",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="antes",
                    ),
                ),
                (
                    "after",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="después",
                    ),
                ),
                ("origin", models.CharField(blank=True, max_length=60, verbose_name="origen")),
                (
                    "written_in",
                    models.BigIntegerField(
                        db_default=accounts.log_models.CurrentTransaction(), editable=False, verbose_name="transacción"
                    ),
                ),
                ("mac", accounts.log_models.MacField(max_length=36, verbose_name="comprobación")),
            ],
            options={
                "verbose_name": "acción registrada",
                "verbose_name_plural": "registro de acciones",
                "indexes": [
                    models.Index(fields=["account", "at", "id"], name="action_log_by_account"),
                    models.Index(fields=["account", "actor_id", "at", "id"], name="action_log_by_person"),
                    models.Index(fields=["account", "action", "at", "id"], name="action_log_by_action"),
                    models.Index(fields=["account", "object_type", "object_id", "at"], name="action_log_by_object"),
                    models.Index(
                        models.F("account"),
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Lower("object_name"), name="text_pattern_ops"
                        ),
                        name="action_log_by_name",
                    ),
                    models.Index(
                        condition=models.Q(("impersonator_id__isnull", False)),
                        fields=["account", "at", "id"],
                        name="action_log_on_behalf",
                    ),
                    models.Index(fields=["written_in", "id"], name="action_log_chain"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("mac"), 36),
                        name="action_log_has_mac",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EmailChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                ("old_email", models.EmailField(max_length=254, verbose_name="correo anterior")),
                ("new_email", models.EmailField(max_length=254, verbose_name="correo nuevo")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Por confirmar"),
                            ("confirmed", "Confirmado"),
                            ("reverted", "Deshecho"),
                            ("cancelled", "Cancelado"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="pedido"),
                ),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmado")),
            ],
            options={
                "verbose_name": "cambio de correo",
                "verbose_name_plural": "cambios de correo",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("user",),
                        name="email_change_one_open_per_person",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("account_admin", "Administrador de la cuenta"),
                            ("delegate", "Usuario con servicios delegados"),
                            ("service_user", "Usuario de servicio"),
                        ],
                        max_length=20,
                        verbose_name="rol",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="nombre")),
                (
                    "email",
                    models.CharField(blank=True, editable=False, max_length=254, verbose_name="usuario (correo)"),
                ),
                (
                    "notification_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="correo para notificaciones"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="habilitado")),
                ("is_pending", models.BooleanField(default=False, verbose_name="sin activar")),
                (
                    "last_sign_in_at",
                    models.DateTimeField(
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC), verbose_name="último ingreso"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="versión")),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=cloudpanel.core.folding.Folded("name", models.Value(" "), "email"),
                        output_field=models.TextField(),
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
            ],
            options={
                "verbose_name": "pertenencia",
                "verbose_name_plural": "pertenencias",
                "indexes": [
                    models.Index(fields=["account", "search_text", "id"], name="membership_by_name"),
                    models.Index(fields=["account", "email", "id"], name="membership_by_email"),
                    models.Index(fields=["account", "last_sign_in_at", "id"], name="membership_by_sign_in"),
                    models.Index(fields=["account", "role", "id"], name="membership_by_role"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["account", "search_text"],
                        name="membership_search",
                        opclasses=["int8_ops", "gin_trgm_ops"],
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "account"), name="membership_once")],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("services", "Servicios y pedidos"),
                            ("billing", "Facturas y pagos"),
                            ("users", "Usuarios y permisos"),
                            ("security", "Seguridad de su acceso"),
                        ],
                        default="services",
                        max_length=20,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("info", "Información"),
                            ("success", "Listo"),
                            ("warning", "Atención"),
                            ("danger", "Problema"),
                        ],
                        default="info",
                        max_length=10,
                        verbose_name="nivel",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="título")),
                ("body", models.TextField(blank=True, verbose_name="texto")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="enlace")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="leída")),
            ],
            options={
                "verbose_name": "notificación",
                "verbose_name_plural": "notificaciones",
                "indexes": [
                    models.Index(fields=["user", "account", "-id"], name="notification_by_person"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user", "account"],
                        name="notification_unread",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="preferences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("services", "Servicios y pedidos"),
                            ("billing", "Facturas y pagos"),
                            ("users", "Usuarios y permisos"),
                            ("security", "Seguridad de su acceso"),
                        ],
                        max_length=20,
                        verbose_name="tipo",
                    ),
                ),
                ("on_screen", models.BooleanField(default=True, verbose_name="en pantalla")),
                ("by_email", models.BooleanField(default=True, verbose_name="por correo")),
            ],
            options={
                "verbose_name": "preferencia de notificación",
                "verbose_name_plural": "preferencias de notificación",
                "constraints": [models.UniqueConstraint(fields=("user", "kind"), name="preference_once_per_kind")],
            },
        ),
        migrations.CreateModel(
            name="OutgoingEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notification", "Notificación"),
                            ("email_change_confirm", "Confirmar un correo nuevo"),
                            ("email_change_notice", "Aviso de cambio de correo"),
                            ("email_taken", "Aviso de que su correo ya tiene acceso"),
                            ("second_factor_reset", "Aviso de segundo factor retirado"),
                            ("staff_invited", "Invitación a personal de soporte"),
                            ("misconfigured", "Aviso a soporte de un controlador mal configurado"),
                            ("disputed", "Aviso a soporte de un contracargo"),
                        ],
                        max_length=30,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                ("address", models.EmailField(blank=True, max_length=254, verbose_name="dirección")),
                ("params", models.JSONField(blank=True, default=dict, verbose_name="datos")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                ("job_id", models.BigIntegerField(editable=False, null=True, verbose_name="operación")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="enviado")),
            ],
            options={
                "verbose_name": "correo por enviar",
                "verbose_name_plural": "correos por enviar",
                "indexes": [
                    models.Index(condition=models.Q(("job_id__isnull", True)), fields=["id"], name="email_without_job"),
                    models.Index(condition=models.Q(("job_id__isnull", False)), fields=["job_id"], name="email_by_job"),
                ],
            },
        ),
        migrations.RunSQL(LOG_STAYS, LOG_MAY_CHANGE),
        migrations.RunSQL(COPIES, NO_COPIES),
    ]
