"""A Job row is the truth about one piece of remote work; Celery only rings the bell (design, section 5)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.models import PublicModel


class JobState(models.TextChoices):
    QUEUED = "queued", _("En espera")
    RUNNING = "running", _("En proceso")
    SUCCEEDED = "succeeded", _("Completada")
    FAILED = "failed", _("Fallida")
    CANCELLED = "cancelled", _("Cancelada")


class Failure(models.TextChoices):
    EXHAUSTED = "exhausted", _("Se agotaron los intentos o el plazo")
    PERMANENT = "permanent", _("El otro sistema la rechazó")
    CONFIGURATION = "configuration", _("Configuración del panel")
    INTERNAL = "internal", _("Error interno")
    LOST = "lost", _("Se perdió al proceso que la ejecutaba")


ACTIVE_STATES = frozenset({JobState.QUEUED, JobState.RUNNING})
TOLD_TOGETHER = "batch"
"""The entry of ``Job.params`` that names who waits for many jobs and tells once how they ended."""
# Every allowed move; each is carried out by one conditional UPDATE.
ALLOWED_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}),
    JobState.FAILED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, membership: Membership) -> JobQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def active(self) -> JobQuerySet:
        return self.filter(state__in=ACTIVE_STATES)


class Job(PublicModel):
    """One remote operation. ``operation`` is a dotted name: ``"exchange.create_mailbox"`` is
    ``exchange/operations.py:create_mailbox``. ``params`` holds ids only, never secrets."""

    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="jobs", verbose_name=_("cuenta"), db_index=False
    )
    operation = models.CharField(_("operación"), max_length=80)
    driver = models.CharField(_("controlador"), max_length=40, blank=True)
    params = models.JSONField(_("parámetros"), default=dict)
    lock_key = models.CharField(_("candado"), max_length=80)
    requested_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("solicitada por"), db_index=False
    )
    on_behalf_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("personal de soporte"),
        db_index=False,
    )
    state = models.CharField(_("estado"), max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("intentos"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("intentos permitidos"), default=8)
    run_after = models.DateTimeField(_("no antes de"), default=timezone.now)
    deadline_at = models.DateTimeField(_("plazo"))
    cancel_requested_at = models.DateTimeField(_("cancelación solicitada"), null=True, blank=True)
    has_secret = models.BooleanField(_("lleva un secreto"), default=False, editable=False)
    lease_until = models.DateTimeField(_("reservada hasta"), null=True, blank=True)
    lease_token = models.UUIDField(_("reserva"), null=True, editable=False)
    provider_ref = models.CharField(_("referencia del otro sistema"), max_length=200, blank=True)
    result = models.JSONField(_("resultado"), default=dict, blank=True)
    failure = models.CharField(_("motivo"), max_length=20, choices=Failure.choices, blank=True)
    user_message = models.TextField(_("mensaje para el cliente"), blank=True)
    error_detail = models.TextField(_("detalle del error"), blank=True)
    started_at = models.DateTimeField(_("empezada"), null=True, blank=True)
    finished_at = models.DateTimeField(_("terminada"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("operación en curso")
        verbose_name_plural = _("operaciones en curso")
        constraints = [
            models.UniqueConstraint(
                fields=["lock_key"], condition=Q(state__in=["queued", "running"]), name="job_one_active_per_lock"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False, lease_token__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True, lease_token__isnull=True)),
                name="job_lease_only_while_running",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(failure=""), name="job_failed_has_reason"),
        ]
        indexes = [
            models.Index(fields=["driver", "run_after", "id"], name="job_due", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="job_leased", condition=Q(state="running")),
            models.Index(fields=["deadline_at"], name="job_deadline", condition=Q(state="queued")),
            models.Index(fields=["account", "-id"], name="job_by_account"),
            # Few, whatever the table holds: what is under way or needs somebody.
            models.Index(
                fields=["state", "id"], name="job_unsettled", condition=Q(state__in=["queued", "running", "failed"])
            ),
            # Jobs are kept: without these, each person who is deleted would have all of them read.
            models.Index(fields=["requested_by"], name="job_by_requester", condition=Q(requested_by__isnull=False)),
            models.Index(fields=["on_behalf_by"], name="job_by_support", condition=Q(on_behalf_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.operation} · {self.lock_key}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES


class JobAttempt(models.Model):
    """One try: when, by which process, how it ended."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("En proceso")
        SUCCEEDED = "succeeded", _("Completada")
        TRANSIENT = "transient", _("Error pasajero")
        PERMANENT = "permanent", _("Rechazada")
        CONFIGURATION = "configuration", _("Configuración")
        STILL_RUNNING = "still_running", _("Sigue en proceso")
        INTERNAL = "internal", _("Error interno")
        LOST = "lost", _("Proceso perdido")

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="attempt_log", verbose_name=_("operación"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("número"))
    worker = models.CharField(_("proceso"), max_length=100)
    outcome = models.CharField(_("resultado"), max_length=20, choices=Outcome.choices, default=Outcome.RUNNING)
    started_at = models.DateTimeField(_("empezó"), default=timezone.now)
    finished_at = models.DateTimeField(_("terminó"), null=True, blank=True)
    detail = models.TextField(_("detalle"), blank=True)

    class Meta:
        verbose_name = _("intento")
        verbose_name_plural = _("intentos")
        indexes = [models.Index(fields=["job", "id"], name="attempt_by_job")]

    def __str__(self) -> str:
        return f"{self.job_id}#{self.number} {self.outcome}"


class JobSecret(models.Model):
    """What a worker needs and nobody may keep. Encrypted; deleted in the transaction that settles the job."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="secret", primary_key=True)
    payload = models.BinaryField(_("contenido cifrado"))

    class Meta:
        verbose_name = _("secreto de una operación")
        verbose_name_plural = _("secretos de operaciones")

    def __str__(self) -> str:
        return f"{self.job_id}"


class DriverHealth(models.Model):
    """The circuit breaker of one driver: after repeated transient failures its queue pauses until ``open_until``.

    Every driver that has jobs has a row ("" for those without a driver): it is also the lock under which a worker
    counts the calls in flight before it claims one more.
    """

    driver = models.CharField(_("controlador"), max_length=40, primary_key=True)
    consecutive_failures = models.PositiveIntegerField(_("fallas seguidas"), default=0)
    open_until = models.DateTimeField(_("en pausa hasta"), null=True, blank=True)
    last_error = models.TextField(_("último error"), blank=True)
    changed_at = models.DateTimeField(_("actualizado"), auto_now=True)
    staff_told_at = models.DateTimeField(_("aviso a soporte"), null=True, blank=True)

    class Meta:
        verbose_name = _("salud del controlador")
        verbose_name_plural = _("salud de los controladores")

    def __str__(self) -> str:
        return self.driver


class PeriodicRun(models.Model):
    """When a function of ``settings.PERIODIC`` is due next; claimed by a conditional UPDATE, so one worker runs it."""

    name = models.CharField(_("función"), max_length=200, primary_key=True)
    due_at = models.DateTimeField(_("próxima vez"), default=timezone.now)
    started_at = models.DateTimeField(_("última vez"), null=True, blank=True)
    error = models.TextField(_("último error"), blank=True)

    class Meta:
        verbose_name = _("tarea periódica")
        verbose_name_plural = _("tareas periódicas")

    def __str__(self) -> str:
        return self.name


class WorkerHeartbeat(models.Model):
    """One row, touched by whichever worker last answered the dispatcher (``/readyz`` reads it)."""

    name = models.CharField(_("nombre"), max_length=40, primary_key=True)
    worker = models.CharField(_("proceso"), max_length=100)
    seen_at = models.DateTimeField(_("visto"))

    class Meta:
        verbose_name = _("latido de los trabajadores")
        verbose_name_plural = _("latidos de los trabajadores")

    def __str__(self) -> str:
        return self.worker
