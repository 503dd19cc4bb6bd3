"""Mailboxes, their domains, templates, sharing, imports and findings."""

import uuid

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import cloudpanel.core.folding
import exchange.models.drafts
import exchange.models.imports


class Migration(migrations.Migration):
    replaces = [
        ("exchange", "0001_initial"),
        ("exchange", "0002_import_desk"),
        ("exchange", "0003_findings"),
        ("exchange", "0004_import_made_user"),
        ("exchange", "0005_sharing_lists_and_batches"),
        ("exchange", "0006_personal_mailboxes"),
        ("exchange", "0007_batches_of_the_bin"),
        ("exchange", "0008_filtered_and_sorted_lists"),
        ("exchange", "0009_pruned_imports"),
        ("exchange", "0010_findings_of_lists_and_contacts"),
        ("exchange", "0011_search_within_a_subscription"),
        ("exchange", "0012_sheets_and_titles"),
        ("exchange", "0013_aliases_of_rows"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0014_search_within_an_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("marketplace", "0001_squashed_0013_order_periods"),
        ("provisioning", "0001_squashed_0005_unsettled_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comparison",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_comparison",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
                ("panel_count", models.PositiveIntegerField(default=0, verbose_name="buzones en el panel")),
                ("server_count", models.PositiveIntegerField(default=0, verbose_name="buzones en el servidor")),
                ("finding_count", models.PositiveIntegerField(default=0, verbose_name="diferencias")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "comparación",
                "verbose_name_plural": "comparaciones",
            },
        ),
        migrations.CreateModel(
            name="ExternalContact",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="external_contacts",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="nombre")),
                ("email", models.CharField(db_collation="C", max_length=254, verbose_name="correo electrónico")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "contacto externo",
                "verbose_name_plural": "contactos externos",
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "email"), name="contact_once_per_subscription"),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="contact_email_lower",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxTemplate",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailbox_templates",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("quota_mb", models.PositiveIntegerField(default=5120, verbose_name="tamaño (MB)")),
                ("allows_imap", models.BooleanField(default=True, verbose_name="IMAP")),
                ("allows_pop3", models.BooleanField(default=True, verbose_name="POP3")),
                ("allows_smtp", models.BooleanField(db_default=True, default=True, verbose_name="envío (SMTP)")),
                ("is_default", models.BooleanField(default=False, verbose_name="predeterminada")),
            ],
            options={
                "verbose_name": "plantilla del buzón",
                "verbose_name_plural": "plantillas del buzón",
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "name"), name="template_name_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("subscription",), name="template_one_default"
                    ),
                    models.CheckConstraint(condition=models.Q(("quota_mb__gt", 0)), name="template_quota_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxImport",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox_imports",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="subido por",
                    ),
                ),
                (
                    "finished_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="finalizada por",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("file", "Archivo por revisar"),
                            ("verifying", "Verificando"),
                            ("review", "Por finalizar"),
                            ("importing", "Importando"),
                            ("finished", "Terminada"),
                            ("undoing", "Deshaciendo"),
                            ("undone", "Deshecha"),
                        ],
                        default="file",
                        max_length=10,
                        verbose_name="etapa",
                    ),
                ),
                ("filename", models.CharField(max_length=200, verbose_name="archivo")),
                ("digest", models.CharField(max_length=64, verbose_name="huella del archivo")),
                ("file_format", models.CharField(max_length=4, verbose_name="formato")),
                ("encoding", models.CharField(blank=True, max_length=10, verbose_name="codificación")),
                ("separator", models.CharField(blank=True, max_length=1, verbose_name="separador")),
                ("sheet", models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="hoja")),
                ("sheets", models.JSONField(blank=True, default=list, verbose_name="hojas del libro")),
                (
                    "rows_above",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="filas sobre los encabezados"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=30, verbose_name="procedencia")),
                ("has_headings", models.BooleanField(default=True, verbose_name="con encabezados")),
                ("headings", models.JSONField(blank=True, default=list, verbose_name="encabezados")),
                ("mapping", models.JSONField(blank=True, default=list, verbose_name="columnas")),
                ("problem", models.TextField(blank=True, verbose_name="por qué no se pudo leer")),
                (
                    "rule",
                    models.CharField(
                        choices=[("valid", "Importar solo las filas válidas"), ("all", "Todas o ninguna")],
                        default="valid",
                        max_length=5,
                        verbose_name="qué filas",
                    ),
                ),
                (
                    "password_by",
                    models.CharField(
                        choices=[
                            ("file", "Usar la contraseña del archivo"),
                            ("link", "Enviar a cada usuario un enlace para que la elija"),
                        ],
                        default="file",
                        max_length=4,
                        verbose_name="contraseñas",
                    ),
                ),
                ("makes_users", models.BooleanField(default=True, verbose_name="crea usuarios de servicio")),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.mailboxtemplate",
                        verbose_name="plantilla para todas",
                    ),
                ),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="filas")),
                ("read_count", models.PositiveIntegerField(default=0, verbose_name="filas leídas")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="filas por estado")),
                ("groups", models.JSONField(blank=True, default=list, verbose_name="errores que se repiten")),
                (
                    "ready_gb",
                    models.PositiveBigIntegerField(
                        db_default=0, default=0, verbose_name="espacio de las filas listas (GB)"
                    ),
                ),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                        verbose_name="última operación",
                    ),
                ),
                ("hand", models.UUIDField(editable=False, null=True)),
                ("finalized_at", models.DateTimeField(blank=True, null=True, verbose_name="finalizada")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
                ("pruned_at", models.DateTimeField(blank=True, null=True, verbose_name="filas olvidadas")),
                (
                    "expires_at",
                    models.DateTimeField(default=exchange.models.imports.import_expiry, verbose_name="se olvida"),
                ),
            ],
            options={
                "verbose_name": "importación de buzones",
                "verbose_name_plural": "importaciones de buzones",
                "indexes": [
                    models.Index(fields=["subscription", "-id"], name="import_by_subscription"),
                    models.Index(
                        condition=models.Q(("pruned_at__isnull", True), ("stage__in", ["finished", "undone"])),
                        fields=["finished_at"],
                        name="import_to_prune",
                    ),
                    models.Index(
                        condition=models.Q(("stage__in", ["file", "verifying", "review"])),
                        fields=["expires_at"],
                        name="import_expiry",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="exchange.mailboximport",
                    ),
                ),
                ("sealed", models.BinaryField(verbose_name="contenido cifrado")),
                ("start", models.BinaryField(verbose_name="principio cifrado")),
            ],
            options={
                "verbose_name": "archivo de una importación",
                "verbose_name_plural": "archivos de importaciones",
            },
        ),
        migrations.CreateModel(
            name="ImportAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="exchange.mailboximport",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="fila")),
                ("address", models.CharField(db_collation="C", max_length=254, verbose_name="alias")),
            ],
            options={
                "verbose_name": "alias de una fila",
                "verbose_name_plural": "alias de filas",
                "indexes": [models.Index(fields=["batch", "address"], name="import_alias_by_address")],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "number", "address"), name="import_alias_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="exchange.mailboximport",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="fila")),
                ("field", models.CharField(max_length=20, verbose_name="columna")),
                ("code", models.CharField(max_length=30, verbose_name="motivo")),
                ("value", models.CharField(blank=True, max_length=254, verbose_name="valor")),
                ("note", models.CharField(blank=True, max_length=254, verbose_name="dato")),
            ],
            options={
                "verbose_name": "error de una fila",
                "verbose_name_plural": "errores de filas",
                "indexes": [
                    models.Index(fields=["batch", "number"], name="import_problem_by_row"),
                    models.Index(fields=["batch", "code", "value"], name="import_problem_by_code"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxBatch",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox_batches",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("delete", "Eliminar buzones"),
                            ("template", "Cambiar la plantilla"),
                            ("link", "Enviar enlaces para elegir contraseña"),
                            ("enable", "Habilitar buzones"),
                            ("disable", "Deshabilitar buzones"),
                            ("restore", "Restaurar buzones"),
                            ("purge", "Borrar buzones para siempre"),
                        ],
                        max_length=10,
                        verbose_name="qué se hace",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.mailboxtemplate",
                        verbose_name="plantilla",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="pedida por",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="buzones")),
                ("skipped", models.PositiveIntegerField(default=0, verbose_name="sin tocar")),
                ("reasons", models.JSONField(blank=True, default=dict, verbose_name="por qué")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="con falla")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
                ("token", models.UUIDField(editable=False)),
            ],
            options={
                "verbose_name": "operación en lote",
                "verbose_name_plural": "operaciones en lote",
                "indexes": [models.Index(fields=["subscription", "-id"], name="batch_by_subscription")],
                "constraints": [models.UniqueConstraint(fields=("token",), name="batch_once_per_token")],
            },
        ),
        migrations.CreateModel(
            name="MailDomain",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_domains",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("name", models.CharField(max_length=253, verbose_name="dominio")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pendiente de verificar"),
                            ("active", "Activo"),
                            ("terminated", "Dado de baja"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="estado",
                    ),
                ),
                ("is_default", models.BooleanField(default=False, verbose_name="predeterminado")),
                (
                    "verification_token",
                    models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="clave de verificación"),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="comprobado")),
                ("seen_txt", models.TextField(blank=True, verbose_name="registro encontrado")),
                ("seen_note", models.CharField(blank=True, max_length=20, verbose_name="resultado de la comprobación")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "dominio de correo",
                "verbose_name_plural": "dominios de correo",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("state", "active")),
                        name="mail_domain_active_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "terminated"), _negated=True),
                        fields=("subscription", "name"),
                        name="mail_domain_once_per_subscription",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailboxes",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "mail_domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailboxes",
                        to="exchange.maildomain",
                        verbose_name="dominio",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mailboxes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.mailboxtemplate",
                        verbose_name="plantilla",
                    ),
                ),
                ("display_name", models.CharField(max_length=120, verbose_name="nombre para mostrar")),
                ("address", models.CharField(db_collation="C", max_length=254, verbose_name="correo electrónico")),
                ("quota_mb", models.PositiveIntegerField(verbose_name="límite (MB)")),
                ("allows_imap", models.BooleanField(default=True, verbose_name="IMAP")),
                ("allows_pop3", models.BooleanField(default=True, verbose_name="POP3")),
                ("allows_smtp", models.BooleanField(db_default=True, default=True, verbose_name="envío (SMTP)")),
                (
                    "kind",
                    models.CharField(
                        choices=[("personal", "Personal"), ("shared", "Compartido")],
                        db_default="personal",
                        default="personal",
                        max_length=8,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "forward_to",
                    models.CharField(blank=True, db_default="", default="", max_length=254, verbose_name="reenviar a"),
                ),
                (
                    "forward_keeps_copy",
                    models.BooleanField(db_default=True, default=True, verbose_name="conservar una copia"),
                ),
                ("used_bytes", models.BigIntegerField(default=0, verbose_name="tamaño actual")),
                ("has_password", models.BooleanField(default=False, verbose_name="tiene contraseña")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pendiente"),
                            ("active", "Activo"),
                            ("suspended", "Deshabilitado"),
                            ("terminated", "Eliminado"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="estado",
                    ),
                ),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="en la papelera desde")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                        verbose_name="última operación",
                    ),
                ),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=cloudpanel.core.folding.Folded("display_name", models.Value(" "), "address"),
                        output_field=models.TextField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "buzón",
                "verbose_name_plural": "buzones",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "personal"),
                        ),
                        fields=["subscription", "address"],
                        name="mailbox_personal",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "personal"),
                        ),
                        fields=["subscription", "display_name", "id"],
                        name="mailbox_by_name",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "personal"),
                        ),
                        fields=["subscription", "used_bytes", "id"],
                        name="mailbox_by_size",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "personal"),
                        ),
                        fields=["subscription", "quota_mb", "id"],
                        name="mailbox_by_limit",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "personal"),
                        ),
                        fields=["subscription", "state", "has_password", "address"],
                        include=("id", "last_job"),
                        name="mailbox_by_state",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True), ("deleted_at__isnull", False)
                        ),
                        fields=["subscription", "deleted_at"],
                        name="mailbox_in_bin",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True), ("deleted_at__isnull", False)
                        ),
                        fields=["deleted_at"],
                        name="mailbox_to_purge",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True),
                            ("deleted_at__isnull", True),
                            ("kind", "shared"),
                        ),
                        fields=["subscription", "address"],
                        name="mailbox_shared",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["subscription", "search_text"],
                        name="mailbox_search",
                        opclasses=["int8_ops", "gin_trgm_ops"],
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "terminated"), _negated=True),
                        fields=("address",),
                        name="mailbox_address_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("address", django.db.models.functions.text.Lower("address"))),
                        name="mailbox_address_lower",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state", "terminated"), _negated=True), ("deleted_at__isnull", True)
                        ),
                        fields=("account", "user"),
                        name="mailbox_one_per_user",
                    ),
                    models.CheckConstraint(condition=models.Q(("quota_mb__gt", 0)), name="mailbox_quota_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "shared"), _negated=True),
                            models.Q(("has_password", False), ("user", None)),
                            _connector="OR",
                        ),
                        name="mailbox_shared_is_nobodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DistributionList",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="distribution_lists",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "mail_domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.maildomain",
                        verbose_name="dominio",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="nombre")),
                ("address", models.CharField(db_collation="C", max_length=254, verbose_name="dirección")),
                (
                    "senders",
                    models.CharField(
                        choices=[
                            ("anyone", "Cualquier persona, también de fuera"),
                            ("internal", "Solo quienes escriben desde sus propios dominios"),
                            ("members", "Solo los integrantes y los propietarios"),
                            ("owners", "Solo los propietarios"),
                        ],
                        default="internal",
                        max_length=8,
                        verbose_name="quién puede escribir",
                    ),
                ),
                ("member_count", models.PositiveIntegerField(default=0, verbose_name="integrantes")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "lista de distribución",
                "verbose_name_plural": "listas de distribución",
                "indexes": [models.Index(fields=["subscription", "address"], name="list_by_subscription")],
                "constraints": [
                    models.UniqueConstraint(fields=("address",), name="list_address_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("address", django.db.models.functions.text.Lower("address"))),
                        name="list_address_lower",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="exchange.distributionlist",
                        verbose_name="lista",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="exchange.mailbox",
                        verbose_name="buzón",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="exchange.externalcontact",
                        verbose_name="contacto",
                    ),
                ),
                (
                    "nested",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="exchange.distributionlist",
                        verbose_name="otra lista",
                    ),
                ),
                ("is_owner", models.BooleanField(default=False, verbose_name="propietario")),
                ("is_member", models.BooleanField(default=True, verbose_name="integrante")),
            ],
            options={
                "verbose_name": "integrante de una lista",
                "verbose_name_plural": "integrantes de listas",
                "constraints": [
                    models.UniqueConstraint(fields=("list", "mailbox"), name="member_mailbox_once"),
                    models.UniqueConstraint(fields=("list", "contact"), name="member_contact_once"),
                    models.UniqueConstraint(fields=("list", "nested"), name="member_list_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contact", None), ("mailbox__isnull", False), ("nested", None)),
                            models.Q(("contact__isnull", False), ("mailbox", None), ("nested", None)),
                            models.Q(("contact", None), ("mailbox", None), ("nested__isnull", False)),
                            _connector="OR",
                        ),
                        name="member_is_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("nested", models.F("list")), _negated=True), name="member_is_another"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_owner", False), ("mailbox__isnull", False), _connector="OR"),
                        name="member_owner_is_mailbox",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_owner", True), ("is_member", True), _connector="OR"),
                        name="member_is_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="exchange.mailboxbatch"
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exchange.mailbox",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "buzón de una operación en lote",
                "verbose_name_plural": "buzones de operaciones en lote",
            },
        ),
        migrations.CreateModel(
            name="MailboxGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to="exchange.mailbox",
                        verbose_name="buzón",
                    ),
                ),
                (
                    "grantee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="granted",
                        to="exchange.mailbox",
                        verbose_name="quién puede",
                    ),
                ),
                ("is_full", models.BooleanField(default=False, verbose_name="acceso total")),
                ("is_send_as", models.BooleanField(default=False, verbose_name="enviar como")),
                ("is_send_on_behalf", models.BooleanField(default=False, verbose_name="enviar en nombre de")),
            ],
            options={
                "verbose_name": "permiso de un buzón",
                "verbose_name_plural": "permisos de buzones",
                "constraints": [
                    models.UniqueConstraint(fields=("mailbox", "grantee"), name="grant_once"),
                    models.CheckConstraint(
                        condition=models.Q(("mailbox", models.F("grantee")), _negated=True), name="grant_to_another"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_full", True), ("is_send_as", True), ("is_send_on_behalf", True), _connector="OR"
                        ),
                        name="grant_of_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxDraft",
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
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="persona",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("new", "Nuevo usuario de servicio"), ("existing", "Usuario de servicio existente")],
                        max_length=10,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario existente",
                    ),
                ),
                ("display_name", models.CharField(blank=True, max_length=120, verbose_name="nombre para mostrar")),
                ("local_part", models.CharField(blank=True, max_length=64, verbose_name="inicio de sesión")),
                (
                    "mail_domain",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.maildomain",
                        verbose_name="dominio",
                    ),
                ),
                (
                    "password_by",
                    models.CharField(
                        choices=[
                            ("typed", "Escribir o generar la contraseña ahora"),
                            ("link", "Que el usuario la elija por un enlace"),
                        ],
                        default="typed",
                        max_length=10,
                    ),
                ),
                ("sealed_password", models.BinaryField(null=True, verbose_name="contraseña cifrada")),
                ("link_email", models.EmailField(blank=True, max_length=254, verbose_name="correo para el enlace")),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.mailboxtemplate",
                        verbose_name="plantilla",
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("mailbox_public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("expires_at", models.DateTimeField(default=exchange.models.drafts.draft_expiry)),
            ],
            options={
                "verbose_name": "borrador de buzón",
                "verbose_name_plural": "borradores de buzón",
                "indexes": [models.Index(fields=["expires_at"], name="draft_expiry")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at__isnull", True), ("sealed_password__isnull", True), _connector="OR"
                        ),
                        name="draft_finished_keeps_no_password",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxAlias",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailbox_aliases",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="exchange.mailbox",
                        verbose_name="buzón",
                    ),
                ),
                (
                    "mail_domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.maildomain",
                        verbose_name="dominio",
                    ),
                ),
                ("address", models.CharField(db_collation="C", max_length=254, verbose_name="alias")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "alias",
                "verbose_name_plural": "alias",
                "constraints": [
                    models.UniqueConstraint(fields=("address",), name="alias_address_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("address", django.db.models.functions.text.Lower("address"))),
                        name="alias_address_lower",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="exchange.mailboximport",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="fila")),
                (
                    "state",
                    models.SmallIntegerField(
                        choices=[
                            (0, "Con error"),
                            (1, "Falló"),
                            (2, "Conflicto"),
                            (3, "Sin lugar en el plan"),
                            (4, "Lista"),
                            (5, "En proceso"),
                            (6, "Creado"),
                            (7, "Ya existía"),
                            (8, "Descartada"),
                            (9, "Deshecho"),
                        ],
                        default=4,
                        verbose_name="estado",
                    ),
                ),
                ("cells", models.JSONField(default=list, verbose_name="celdas")),
                ("sealed_password", models.BinaryField(null=True, verbose_name="contraseña cifrada")),
                (
                    "address",
                    models.CharField(blank=True, db_collation="C", max_length=254, verbose_name="correo electrónico"),
                ),
                ("display_name", models.CharField(blank=True, max_length=120, verbose_name="nombre para mostrar")),
                (
                    "mail_domain",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.maildomain",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.mailboxtemplate",
                    ),
                ),
                ("quota_mb", models.PositiveIntegerField(null=True, verbose_name="límite (MB)")),
                ("allows_imap", models.BooleanField(null=True, verbose_name="IMAP")),
                ("allows_pop3", models.BooleanField(null=True, verbose_name="POP3")),
                ("link_email", models.CharField(blank=True, max_length=254, verbose_name="correo para el enlace")),
                ("mailbox_public_id", models.UUIDField(null=True, verbose_name="buzón")),
                (
                    "made_user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("message", models.TextField(blank=True, verbose_name="motivo")),
            ],
            options={
                "verbose_name": "fila de una importación",
                "verbose_name_plural": "filas de importaciones",
                "indexes": [
                    models.Index(fields=["batch", "state", "number"], name="import_row_in_order"),
                    models.Index(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=["batch", "address"],
                        name="import_row_by_address",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="import_row_once")],
            },
        ),
        migrations.CreateModel(
            name="Finding",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_findings",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                (
                    "mail_domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exchange.maildomain",
                        verbose_name="dominio",
                    ),
                ),
                ("mail_id", models.UUIDField(verbose_name="identificador del buzón")),
                ("address", models.CharField(max_length=254, verbose_name="correo electrónico")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing", "Falta en el servidor"),
                            ("unknown", "No está en el panel"),
                            ("different", "Datos distintos"),
                        ],
                        max_length=10,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "thing",
                    models.CharField(
                        choices=[
                            ("mailbox", "Buzón"),
                            ("list", "Lista de distribución"),
                            ("contact", "Contacto externo"),
                        ],
                        db_default="mailbox",
                        default="mailbox",
                        max_length=8,
                        verbose_name="qué es",
                    ),
                ),
                ("panel", models.JSONField(default=dict, verbose_name="en el panel")),
                ("server", models.JSONField(default=dict, verbose_name="en el servidor")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="encontrada")),
                (
                    "seen_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="vista por última vez"),
                ),
                ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelta")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "diferencia",
                "verbose_name_plural": "diferencias",
                "indexes": [
                    models.Index(
                        condition=models.Q(("resolved_at", None)),
                        fields=["subscription", "address", "id"],
                        name="finding_open",
                    ),
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", False)),
                        fields=["subscription", "resolved_at"],
                        name="finding_resolved",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("subscription", "mail_id"), name="finding_once")],
            },
        ),
        migrations.CreateModel(
            name="PasswordLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_links",
                        to="exchange.mailbox",
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="correo")),
                ("digest", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "enlace para elegir contraseña",
                "verbose_name_plural": "enlaces para elegir contraseña",
                "constraints": [models.UniqueConstraint(fields=("digest",), name="password_link_digest_unique")],
            },
        ),
        migrations.CreateModel(
            name="AutoReply",
            fields=[
                (
                    "mailbox",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="auto_reply",
                        serialize=False,
                        to="exchange.mailbox",
                        verbose_name="buzón",
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="activada")),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="asunto")),
                ("text", models.TextField(max_length=10000, verbose_name="texto")),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("everyone", "A todos"),
                            ("internal", "Solo a quienes escriben desde sus propios dominios"),
                            ("external", "Solo a quienes escriben desde fuera"),
                        ],
                        default="everyone",
                        max_length=8,
                        verbose_name="a quién",
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="desde")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="hasta")),
            ],
            options={
                "verbose_name": "respuesta automática",
                "verbose_name_plural": "respuestas automáticas",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="reply_times_follow"
                    )
                ],
            },
        ),
    ]
