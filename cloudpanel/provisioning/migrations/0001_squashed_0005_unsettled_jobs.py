"""Jobs, their attempts and secrets, and what each driver is allowed."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("provisioning", "0001_initial"),
        ("provisioning", "0002_periodic"),
        ("provisioning", "0003_fewer_indexes"),
        ("provisioning", "0004_driver_staff_told"),
        ("provisioning", "0005_unsettled_jobs"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0014_search_within_an_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DriverHealth",
            fields=[
                (
                    "driver",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="controlador"),
                ),
                ("consecutive_failures", models.PositiveIntegerField(default=0, verbose_name="fallas seguidas")),
                ("open_until", models.DateTimeField(blank=True, null=True, verbose_name="en pausa hasta")),
                ("last_error", models.TextField(blank=True, verbose_name="último error")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="actualizado")),
                ("staff_told_at", models.DateTimeField(blank=True, null=True, verbose_name="aviso a soporte")),
            ],
            options={
                "verbose_name": "salud del controlador",
                "verbose_name_plural": "salud de los controladores",
            },
        ),
        migrations.CreateModel(
            name="Job",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to="accounts.account",
                        verbose_name="cuenta",
                    ),
                ),
                ("operation", models.CharField(max_length=80, verbose_name="operación")),
                ("driver", models.CharField(blank=True, max_length=40, verbose_name="controlador")),
                ("params", models.JSONField(default=dict, verbose_name="parámetros")),
                ("lock_key", models.CharField(max_length=80, verbose_name="candado")),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="solicitada por",
                    ),
                ),
                (
                    "on_behalf_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personal de soporte",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "En espera"),
                            ("running", "En proceso"),
                            ("succeeded", "Completada"),
                            ("failed", "Fallida"),
                            ("cancelled", "Cancelada"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="estado",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="intentos")),
                ("max_attempts", models.PositiveSmallIntegerField(default=8, verbose_name="intentos permitidos")),
                ("run_after", models.DateTimeField(default=django.utils.timezone.now, verbose_name="no antes de")),
                ("deadline_at", models.DateTimeField(verbose_name="plazo")),
                (
                    "cancel_requested_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="cancelación solicitada"),
                ),
                ("has_secret", models.BooleanField(default=False, editable=False, verbose_name="lleva un secreto")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="reservada hasta")),
                ("lease_token", models.UUIDField(editable=False, null=True, verbose_name="reserva")),
                (
                    "provider_ref",
                    models.CharField(blank=True, max_length=200, verbose_name="referencia del otro sistema"),
                ),
                ("result", models.JSONField(blank=True, default=dict, verbose_name="resultado")),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("exhausted", "Se agotaron los intentos o el plazo"),
                            ("permanent", "El otro sistema la rechazó"),
                            ("configuration", "Configuración del panel"),
                            ("internal", "Error interno"),
                            ("lost", "Se perdió al proceso que la ejecutaba"),
                        ],
                        max_length=20,
                        verbose_name="motivo",
                    ),
                ),
                ("user_message", models.TextField(blank=True, verbose_name="mensaje para el cliente")),
                ("error_detail", models.TextField(blank=True, verbose_name="detalle del error")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="empezada")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
            ],
            options={
                "verbose_name": "operación en curso",
                "verbose_name_plural": "operaciones en curso",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["driver", "run_after", "id"], name="job_due"
                    ),
                    models.Index(condition=models.Q(("state", "running")), fields=["lease_until"], name="job_leased"),
                    models.Index(condition=models.Q(("state", "queued")), fields=["deadline_at"], name="job_deadline"),
                    models.Index(fields=["account", "-id"], name="job_by_account"),
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "running", "failed"])),
                        fields=["state", "id"],
                        name="job_unsettled",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("lock_key",),
                        name="job_one_active_per_lock",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("lease_token__isnull", False), ("lease_until__isnull", False), ("state", "running")
                            ),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("lease_token__isnull", True),
                                ("lease_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="job_lease_only_while_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("failure", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="job_failed_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodicRun",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name="función")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="próxima vez")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="última vez")),
                ("error", models.TextField(blank=True, verbose_name="último error")),
            ],
            options={
                "verbose_name": "tarea periódica",
                "verbose_name_plural": "tareas periódicas",
            },
        ),
        migrations.CreateModel(
            name="WorkerHeartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="nombre")),
                ("worker", models.CharField(max_length=100, verbose_name="proceso")),
                ("seen_at", models.DateTimeField(verbose_name="visto")),
            ],
            options={
                "verbose_name": "latido de los trabajadores",
                "verbose_name_plural": "latidos de los trabajadores",
            },
        ),
        migrations.CreateModel(
            name="JobSecret",
            fields=[
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="secret",
                        serialize=False,
                        to="provisioning.job",
                    ),
                ),
                ("payload", models.BinaryField(verbose_name="contenido cifrado")),
            ],
            options={
                "verbose_name": "secreto de una operación",
                "verbose_name_plural": "secretos de operaciones",
            },
        ),
        migrations.CreateModel(
            name="JobAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempt_log",
                        to="provisioning.job",
                        verbose_name="operación",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="número")),
                ("worker", models.CharField(max_length=100, verbose_name="proceso")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("running", "En proceso"),
                            ("succeeded", "Completada"),
                            ("transient", "Error pasajero"),
                            ("permanent", "Rechazada"),
                            ("configuration", "Configuración"),
                            ("still_running", "Sigue en proceso"),
                            ("internal", "Error interno"),
                            ("lost", "Proceso perdido"),
                        ],
                        default="running",
                        max_length=20,
                        verbose_name="resultado",
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="empezó")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminó")),
                ("detail", models.TextField(blank=True, verbose_name="detalle")),
            ],
            options={
                "verbose_name": "intento",
                "verbose_name_plural": "intentos",
                "indexes": [models.Index(fields=["job", "id"], name="attempt_by_job")],
            },
        ),
    ]
