"""Wizard drafts and uploads of people."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import users.models


class Migration(migrations.Migration):
    replaces = [("users", "0001_initial"), ("users", "0002_user_uploads")]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0014_search_within_an_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("marketplace", "0001_squashed_0013_order_periods"),
        ("provisioning", "0001_squashed_0005_unsettled_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Activation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="identificador"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
                (
                    "membership",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="activations",
                        to="accounts.membership",
                        verbose_name="pertenencia",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enviada por",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="vence")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="enviada")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="recordada")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="usada")),
                ("superseded_at", models.DateTimeField(blank=True, null=True, verbose_name="reemplazada")),
                (
                    "last_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="provisioning.job",
                        verbose_name="último envío",
                    ),
                ),
            ],
            options={
                "verbose_name": "activación",
                "verbose_name_plural": "activaciones",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("reminded_at__isnull", True), ("superseded_at__isnull", True), ("used_at__isnull", True)
                        ),
                        fields=["sent_at"],
                        name="activation_to_remind",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True), ("used_at__isnull", True)),
                        fields=("membership",),
                        name="activation_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivationLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "activation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="users.activation",
                        verbose_name="activación",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, verbose_name="huella del enlace")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="creado")),
            ],
            options={
                "verbose_name": "enlace de activación",
                "verbose_name_plural": "enlaces de activación",
                "constraints": [models.UniqueConstraint(fields=("token_hash",), name="activation_link_unique")],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
                ("is_successful", models.BooleanField(verbose_name="correcto")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="dirección IP")),
                ("user_agent", models.CharField(blank=True, max_length=200, verbose_name="navegador")),
                ("session_key", models.CharField(blank=True, max_length=40, verbose_name="sesión")),
            ],
            options={
                "verbose_name": "ingreso",
                "verbose_name_plural": "ingresos",
                "indexes": [models.Index(fields=["user", "account", "-id"], name="sign_in_by_person")],
            },
        ),
        migrations.CreateModel(
            name="UserUpload",
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
                        verbose_name="subido por",
                    ),
                ),
                ("filename", models.CharField(max_length=200, verbose_name="archivo")),
                ("sealed", models.BinaryField(verbose_name="contenido cifrado")),
                ("expires_at", models.DateTimeField(default=users.models.upload_expiry, verbose_name="se olvida")),
            ],
            options={
                "verbose_name": "archivo de usuarios",
                "verbose_name_plural": "archivos de usuarios",
                "indexes": [models.Index(fields=["expires_at"], name="user_upload_expiry")],
            },
        ),
        migrations.CreateModel(
            name="AccessRequest",
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
                        related_name="access_requests",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuario",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.subscription",
                        verbose_name="servicio",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="motivo")),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pendiente"), ("granted", "Concedida"), ("declined", "Rechazada")],
                        default="pending",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decidida por",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
            ],
            options={
                "verbose_name": "solicitud de acceso",
                "verbose_name_plural": "solicitudes de acceso",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending")),
                        fields=("account", "user", "subscription"),
                        name="access_request_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
