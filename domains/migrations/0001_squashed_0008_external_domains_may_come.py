"""Domains, their holders, proofs, zones and what registries say of them."""

import uuid

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import cloudpanel.core.folding
import domains.models.domains


class Migration(migrations.Migration):
    replaces = [
        ("domains", "0001_domains_and_contacts"),
        ("domains", "0002_readable_names_and_list"),
        ("domains", "0003_ownership_proof"),
        ("domains", "0004_registry_facts_and_checkups"),
        ("domains", "0005_zones"),
        ("domains", "0006_registry_side"),
        ("domains", "0007_proofs_looked_at_again"),
        ("domains", "0008_external_domains_may_come"),
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
            name="Contact",
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
                ("name", models.CharField(max_length=120, verbose_name="nombre")),
                ("organisation", models.CharField(blank=True, max_length=150, verbose_name="empresa")),
                ("email", models.CharField(max_length=254, verbose_name="correo electrónico")),
                ("phone", models.CharField(max_length=20, verbose_name="teléfono")),
                ("street", models.CharField(max_length=200, verbose_name="calle y número")),
                ("city", models.CharField(max_length=100, verbose_name="ciudad")),
                ("state", models.CharField(blank=True, max_length=100, verbose_name="estado o provincia")),
                ("postal_code", models.CharField(max_length=16, verbose_name="código postal")),
                ("country", models.CharField(default="MX", max_length=2, verbose_name="país")),
            ],
            options={
                "verbose_name": "titular",
                "verbose_name_plural": "titulares",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Domain",
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
                        related_name="domains",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "subscription",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="domain",
                        to="marketplace.subscription",
                        verbose_name="suscripción",
                    ),
                ),
                ("name", models.CharField(db_collation="C", max_length=253, verbose_name="dominio")),
                (
                    "shown_name",
                    domains.models.domains.ReadableNameField(
                        db_collation="C", default="", editable=False, max_length=253, verbose_name="nombre legible"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registered", "Registrado aquí"),
                            ("transfer", "En transferencia"),
                            ("external", "Externo"),
                        ],
                        max_length=10,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "En proceso"),
                            ("active", "Activo"),
                            ("expired", "Vencido"),
                            ("redemption", "En rescate"),
                            ("failed", "No se logró"),
                            ("gone", "Ya no está con nosotros"),
                            ("terminated", "Dado de baja"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                (
                    "registrant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="domains",
                        to="domains.contact",
                        verbose_name="titular",
                    ),
                ),
                ("registry", models.CharField(blank=True, max_length=40, verbose_name="registro")),
                ("nameservers", models.JSONField(blank=True, default=list, verbose_name="servidores de nombres")),
                (
                    "glue",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        verbose_name="direcciones de sus servidores de nombres",
                    ),
                ),
                (
                    "ds_records",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="registros DS",
                    ),
                ),
                ("is_locked", models.BooleanField(default=False, verbose_name="bloqueado contra transferencias")),
                ("is_private", models.BooleanField(default=False, verbose_name="datos del titular ocultos")),
                ("registered_at", models.DateTimeField(blank=True, null=True, verbose_name="registrado")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="vence")),
                ("paid_until", models.DateTimeField(blank=True, null=True, verbose_name="pagado hasta")),
                (
                    "warned_days",
                    models.PositiveSmallIntegerField(
                        blank=True, editable=False, null=True, verbose_name="último aviso, días antes"
                    ),
                ),
                (
                    "compared_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="comparado con el registro"
                    ),
                ),
                ("redeemable_until", models.DateTimeField(blank=True, null=True, verbose_name="rescatable hasta")),
                (
                    "verification_token",
                    models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="clave de verificación"),
                ),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="propiedad comprobada")),
                ("failure_message", models.TextField(blank=True, verbose_name="qué falló")),
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
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=cloudpanel.core.folding.Folded("shown_name", models.Value(" "), "name"),
                        output_field=models.TextField(db_collation="C"),
                    ),
                ),
            ],
            options={
                "verbose_name": "dominio",
                "verbose_name_plural": "dominios",
                "ordering": ["name"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["gone", "terminated"]), _negated=True),
                        fields=["account", "search_text", "id"],
                        name="domain_listed",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("search_text", name="gin_trgm_ops"),
                        name="domain_search",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["failed", "gone", "terminated"]), _negated=True),
                            models.Q(("kind", "external"), ("state", "pending"), _negated=True),
                        ),
                        fields=("name",),
                        name="domain_held_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["failed", "gone", "terminated"]), _negated=True),
                        fields=("account", "name"),
                        name="domain_once_per_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", django.db.models.functions.text.Lower("name"))),
                        name="domain_name_lower",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Checkup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checkup",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                ("findings", models.JSONField(blank=True, default=list, verbose_name="hallazgos")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="revisado")),
                ("check_again_at", models.DateTimeField(blank=True, null=True, verbose_name="siguiente revisión")),
            ],
            options={
                "verbose_name": "revisión de un dominio",
                "verbose_name_plural": "revisiones de dominios",
                "indexes": [models.Index(fields=["check_again_at"], name="checkup_due")],
            },
        ),
        migrations.CreateModel(
            name="DomainFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing", "No está en el registro"),
                            ("sponsor", "Lo tiene otro registrador"),
                            ("expiry", "Otra fecha de vencimiento"),
                            ("nameservers", "Otros servidores de nombres"),
                            ("lock", "Otro bloqueo"),
                        ],
                        max_length=12,
                        verbose_name="diferencia",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Requiere atención"), ("working", "En proceso"), ("resolved", "Resuelto")],
                        default="open",
                        max_length=8,
                        verbose_name="estado",
                    ),
                ),
                ("expected", models.CharField(blank=True, max_length=500, verbose_name="aquí")),
                ("seen", models.CharField(blank=True, max_length=500, verbose_name="en el registro")),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="visto desde")),
                ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelto")),
            ],
            options={
                "verbose_name": "diferencia con el registro",
                "verbose_name_plural": "diferencias con el registro",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "resolved"), _negated=True),
                        fields=("domain", "kind"),
                        name="domain_finding_once_while_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DomainSearch",
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
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("text", models.CharField(max_length=253, verbose_name="búsqueda")),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="provisioning.job"
                    ),
                ),
            ],
            options={
                "verbose_name": "búsqueda de dominio",
                "verbose_name_plural": "búsquedas de dominio",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["created_at"], name="domain_search_by_age")],
            },
        ),
        migrations.CreateModel(
            name="DomainTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transfer",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("checking", "En revisión"),
                            ("ready", "Falta confirmar"),
                            ("ordered", "Confirmada"),
                            ("asked", "Solicitada al otro proveedor"),
                            ("arrived", "Terminada"),
                            ("refused", "No se puede transferir"),
                            ("rejected", "Rechazada por el otro proveedor"),
                            ("cancelled", "Cancelada"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="paso",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="pedida")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="revisada")),
                ("ordered_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmada")),
                ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="solicitada")),
                ("act_by", models.DateTimeField(blank=True, null=True, verbose_name="se aprueba sola")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
                ("expires_before", models.DateTimeField(blank=True, null=True, verbose_name="vencía")),
                ("reason", models.TextField(blank=True, verbose_name="motivo")),
                (
                    "replaced",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="domains.domain",
                        verbose_name="externo antes",
                    ),
                ),
            ],
            options={
                "verbose_name": "transferencia",
                "verbose_name_plural": "transferencias",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="OwnershipProof",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proof",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=20, verbose_name="resultado de la comprobación")),
                ("answers", models.JSONField(blank=True, default=list, verbose_name="respuestas")),
                ("proved_by", models.CharField(blank=True, max_length=5, verbose_name="comprobado por")),
                ("seen_since", models.DateTimeField(blank=True, null=True, verbose_name="así desde")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="última comprobación")),
                ("check_again_at", models.DateTimeField(blank=True, null=True, verbose_name="siguiente comprobación")),
                ("lost_since", models.DateTimeField(blank=True, null=True, verbose_name="sin el registro desde")),
            ],
            options={
                "verbose_name": "prueba de propiedad",
                "verbose_name_plural": "pruebas de propiedad",
                "indexes": [models.Index(fields=["check_again_at"], name="proof_due")],
            },
        ),
        migrations.CreateModel(
            name="RegistryFacts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                ("standing", models.CharField(blank=True, max_length=10, verbose_name="situación")),
                ("source", models.CharField(blank=True, max_length=10, verbose_name="fuente")),
                ("registrar", models.CharField(blank=True, max_length=200, verbose_name="registrador")),
                ("statuses", models.JSONField(blank=True, default=list, verbose_name="estados")),
                ("nameservers", models.JSONField(blank=True, default=list, verbose_name="servidores de nombres")),
                ("registered_at", models.DateTimeField(blank=True, null=True, verbose_name="registrado")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="vence")),
                ("found_at", models.DateTimeField(blank=True, null=True, verbose_name="visto")),
                ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="preguntado")),
                ("ask_again_at", models.DateTimeField(blank=True, null=True, verbose_name="siguiente consulta")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="por qué no se sabe")),
            ],
            options={
                "verbose_name": "datos del registro",
                "verbose_name_plural": "datos del registro",
                "indexes": [models.Index(fields=["ask_again_at"], name="facts_to_ask")],
            },
        ),
        migrations.CreateModel(
            name="SearchedName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "search",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="names", to="domains.domainsearch"
                    ),
                ),
                ("name", models.CharField(max_length=253)),
                ("ending", models.CharField(max_length=100)),
                ("registry", models.CharField(max_length=40)),
                ("is_alternative", models.BooleanField(default=False)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("waiting", "Consultando"),
                            ("free", "Disponible"),
                            ("taken", "Ocupado"),
                            ("unknown", "No se sabe"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "nombre buscado",
                "verbose_name_plural": "nombres buscados",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("search", "name"), name="searched_name_once")],
            },
        ),
        migrations.CreateModel(
            name="Zone",
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
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="zones",
                        to="domains.domain",
                        verbose_name="dominio",
                    ),
                ),
                ("name", models.CharField(db_collation="C", max_length=253, verbose_name="nombre")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Activa"), ("withdrawing", "Retirándose"), ("withdrawn", "Retirada")],
                        default="active",
                        max_length=11,
                        verbose_name="estado",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, verbose_name="versión")),
                ("published_version", models.PositiveIntegerField(default=0, verbose_name="versión publicada")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publicada")),
                ("serial", models.BigIntegerField(blank=True, null=True, verbose_name="número de serie")),
                ("compared_at", models.DateTimeField(blank=True, null=True, verbose_name="comparada")),
                ("extra", models.JSONField(blank=True, default=list, verbose_name="de más en el servidor")),
                ("missing", models.JSONField(blank=True, default=list, verbose_name="faltan en el servidor")),
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
                "verbose_name": "zona DNS",
                "verbose_name_plural": "zonas DNS",
                "ordering": ["name"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "active")), fields=["compared_at", "id"], name="zone_to_compare"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("name",),
                        name="zone_hosted_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("published_version__lte", models.F("version"))),
                        name="zone_published_exists",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ZoneRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "zone",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="records",
                        to="domains.zone",
                        verbose_name="zona",
                    ),
                ),
                ("name", models.CharField(db_collation="C", max_length=253, verbose_name="nombre")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("A", "A"),
                            ("AAAA", "AAAA"),
                            ("MX", "MX"),
                            ("TXT", "TXT"),
                            ("CNAME", "CNAME"),
                            ("SRV", "SRV"),
                            ("CAA", "CAA"),
                            ("NS", "NS"),
                        ],
                        max_length=5,
                        verbose_name="tipo",
                    ),
                ),
                ("value", models.TextField(db_collation="C", verbose_name="valor")),
                ("ttl", models.PositiveIntegerField(default=3600, verbose_name="tiempo de vida")),
                (
                    "stage",
                    models.CharField(
                        choices=[("kept", "Vigente"), ("added", "Por agregar"), ("removed", "Por quitar")],
                        default="kept",
                        max_length=7,
                        verbose_name="cambio",
                    ),
                ),
            ],
            options={
                "verbose_name": "registro DNS",
                "verbose_name_plural": "registros DNS",
                "ordering": ["name", "kind", "pk"],
                "indexes": [models.Index(fields=["zone", "name", "kind", "id"], name="zone_record_listed")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("zone"),
                        models.F("name"),
                        models.F("kind"),
                        django.db.models.functions.text.MD5("value"),
                        condition=models.Q(("stage", "added"), _negated=True),
                        name="zone_record_applied_once",
                    ),
                    models.UniqueConstraint(
                        models.F("zone"),
                        models.F("name"),
                        models.F("kind"),
                        django.db.models.functions.text.MD5("value"),
                        condition=models.Q(("stage", "removed"), _negated=True),
                        name="zone_record_wanted_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "CNAME"), models.Q(("stage", "removed"), _negated=True)),
                        fields=("zone", "name"),
                        name="zone_record_one_cname",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ttl__gte", 60), ("ttl__lte", 604800)), name="zone_record_time_to_live"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["CNAME", "NS"]), ("name", "@"), _negated=True),
                        name="zone_record_apex_is_the_providers",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ZoneVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "zone",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="domains.zone",
                        verbose_name="zona",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="versión")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="aplicada")),
                ("author", models.CharField(max_length=254, verbose_name="quién")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("created", "Zona creada"),
                            ("change", "Cambio"),
                            ("expected", "Registros de nuestros servicios"),
                        ],
                        default="change",
                        max_length=10,
                        verbose_name="motivo",
                    ),
                ),
                ("added", models.PositiveIntegerField(default=0, verbose_name="agregados")),
                ("removed", models.PositiveIntegerField(default=0, verbose_name="quitados")),
                ("records", models.JSONField(default=list, verbose_name="registros")),
            ],
            options={
                "verbose_name": "versión de una zona",
                "verbose_name_plural": "versiones de zonas",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("zone", "number"), name="zone_version_once")],
            },
        ),
    ]
