"""The import desk: a file, its rows as a draft that several people may finish, what is wrong with them, what they became."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from exchange.models.domains import MailboxTemplate, MailDomain
from marketplace.models import OwnedQuerySet, Subscription

IMPORT_DRAFT_LIFE = timedelta(days=14)


def import_expiry() -> datetime:
    return timezone.now() + IMPORT_DRAFT_LIFE


class MailboxImport(PublicModel):
    """One file of mailboxes, from its upload to its end. Everybody who manages the subscription may go on with it.

    ``mapping`` has for each column of the file the name of the datum that it brings, or "". ``counts`` are the rows by
    state and ``groups`` the mistakes that repeat, kept by whoever changes rows so that pages need not count.
    """

    class Stage(models.TextChoices):
        FILE = "file", _("Archivo por revisar")
        VERIFYING = "verifying", _("Verificando")
        REVIEW = "review", _("Por finalizar")
        IMPORTING = "importing", _("Importando")
        FINISHED = "finished", _("Terminada")
        UNDOING = "undoing", _("Deshaciendo")
        UNDONE = "undone", _("Deshecha")

    class Rule(models.TextChoices):
        VALID = "valid", _("Importar solo las filas válidas")
        ALL = "all", _("Todas o ninguna")

    class PasswordBy(models.TextChoices):
        FILE = "file", _("Usar la contraseña del archivo")
        LINK = "link", _("Enviar a cada usuario un enlace para que la elija")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="mailbox_imports", verbose_name=_("suscripción")
    )
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("subido por")
    )
    finished_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("finalizada por")
    )
    stage = models.CharField(_("etapa"), max_length=10, choices=Stage.choices, default=Stage.FILE)
    filename = models.CharField(_("archivo"), max_length=200)
    digest = models.CharField(_("huella del archivo"), max_length=64)
    file_format = models.CharField(_("formato"), max_length=4)
    encoding = models.CharField(_("codificación"), max_length=10, blank=True)
    separator = models.CharField(_("separador"), max_length=1, blank=True)
    sheet = models.CharField(_("hoja"), max_length=100, blank=True, default="", db_default="")
    sheets = models.JSONField(_("hojas del libro"), default=list, blank=True)
    rows_above = models.PositiveSmallIntegerField(_("filas sobre los encabezados"), default=0, db_default=0)
    source = models.CharField(_("procedencia"), max_length=30, blank=True)
    has_headings = models.BooleanField(_("con encabezados"), default=True)
    headings = models.JSONField(_("encabezados"), default=list, blank=True)
    mapping = models.JSONField(_("columnas"), default=list, blank=True)
    problem = models.TextField(_("por qué no se pudo leer"), blank=True)
    rule = models.CharField(_("qué filas"), max_length=5, choices=Rule.choices, default=Rule.VALID)
    password_by = models.CharField(_("contraseñas"), max_length=4, choices=PasswordBy.choices, default=PasswordBy.FILE)
    makes_users = models.BooleanField(_("crea usuarios de servicio"), default=True)
    template = models.ForeignKey(
        MailboxTemplate,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("plantilla para todas"),
    )
    row_count = models.PositiveIntegerField(_("filas"), default=0)
    read_count = models.PositiveIntegerField(_("filas leídas"), default=0)
    counts = models.JSONField(_("filas por estado"), default=dict, blank=True)
    groups = models.JSONField(_("errores que se repiten"), default=list, blank=True)
    ready_gb = models.PositiveBigIntegerField(_("espacio de las filas listas (GB)"), default=0, db_default=0)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("última operación")
    )
    hand = models.UUIDField(null=True, editable=False)  # the claim whose worker may write rows: one at a time
    finalized_at = models.DateTimeField(_("finalizada"), null=True, blank=True)
    finished_at = models.DateTimeField(_("terminada"), null=True, blank=True)
    pruned_at = models.DateTimeField(_("filas olvidadas"), null=True, blank=True)  # the counts stay
    expires_at = models.DateTimeField(_("se olvida"), default=import_expiry)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("importación de buzones")
        verbose_name_plural = _("importaciones de buzones")
        indexes = [
            models.Index(fields=["subscription", "-id"], name="import_by_subscription"),
            models.Index(
                fields=["finished_at"],
                name="import_to_prune",
                condition=Q(stage__in=["finished", "undone"], pruned_at__isnull=True),
            ),
            models.Index(
                fields=["expires_at"], name="import_expiry", condition=Q(stage__in=["file", "verifying", "review"])
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_draft(self) -> bool:
        """Nothing has been created yet."""
        return self.stage in {self.Stage.FILE, self.Stage.VERIFYING, self.Stage.REVIEW}

    @property
    def is_moving(self) -> bool:
        """A worker has it in hand: looking again later may show something else."""
        return self.stage in {self.Stage.VERIFYING, self.Stage.IMPORTING, self.Stage.UNDOING}

    def count(self, *states: int) -> int:
        """How many rows are in these states."""
        counts: dict[str, int] = self.counts
        return sum(counts.get(str(int(state)), 0) for state in states)

    def column_of(self, name: str) -> int | None:
        """Where in a row's cells this datum is."""
        mapping: list[str] = self.mapping
        return mapping.index(name) if name in mapping else None


class ImportFile(models.Model):
    """The uploaded bytes, compressed and encrypted (they may hold passwords); gone when the import is finalized.
    ``start`` is what the preview needs of it."""

    batch = models.OneToOneField(MailboxImport, on_delete=models.CASCADE, related_name="file", primary_key=True)
    sealed = models.BinaryField(_("contenido cifrado"))
    start = models.BinaryField(_("principio cifrado"))

    class Meta:
        verbose_name = _("archivo de una importación")
        verbose_name_plural = _("archivos de importaciones")

    def __str__(self) -> str:
        return f"{self.batch_id}"


class ImportRow(models.Model):
    """One row of the file. ``cells`` are as in the file, with the corrections, without the password; what follows them is
    what they mean. ``state`` is also the order in which people want to see rows."""

    class State(models.IntegerChoices):
        WRONG = 0, _("Con error")
        FAILED = 1, _("Falló")
        CONFLICT = 2, _("Conflicto")
        NO_ROOM = 3, _("Sin lugar en el plan")
        READY = 4, _("Lista")
        CREATING = 5, _("En proceso")
        CREATED = 6, _("Creado")
        EXISTS = 7, _("Ya existía")
        DISCARDED = 8, _("Descartada")
        UNDONE = 9, _("Deshecho")

    batch = models.ForeignKey(MailboxImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("fila"))
    state = models.SmallIntegerField(_("estado"), choices=State.choices, default=State.READY)
    cells = models.JSONField(_("celdas"), default=list)
    sealed_password = models.BinaryField(_("contraseña cifrada"), null=True)
    address = models.CharField(_("correo electrónico"), max_length=254, blank=True, db_collation="C")
    display_name = models.CharField(_("nombre para mostrar"), max_length=120, blank=True)
    mail_domain = models.ForeignKey(
        MailDomain, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    template = models.ForeignKey(
        MailboxTemplate, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    quota_mb = models.PositiveIntegerField(_("límite (MB)"), null=True)
    allows_imap = models.BooleanField(_("IMAP"), null=True)
    allows_pop3 = models.BooleanField(_("POP3"), null=True)
    link_email = models.CharField(_("correo para el enlace"), max_length=254, blank=True)
    mailbox_public_id = models.UUIDField(_("buzón"), null=True)
    made_user = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    message = models.TextField(_("motivo"), blank=True)

    class Meta:
        verbose_name = _("fila de una importación")
        verbose_name_plural = _("filas de importaciones")
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["batch", "state", "number"], name="import_row_in_order"),
            models.Index(fields=["batch", "address"], name="import_row_by_address", condition=~Q(address="")),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}#{self.number}"


class ImportProblem(models.Model):
    """One wrong cell. ``value`` is what is wrong in it: the same value is the same mistake in every row. ``note`` is
    something that the reason names, such as another row's number."""

    batch = models.ForeignKey(MailboxImport, on_delete=models.CASCADE, related_name="problems", db_index=False)
    number = models.PositiveIntegerField(_("fila"))
    field = models.CharField(_("columna"), max_length=20)
    code = models.CharField(_("motivo"), max_length=30)
    value = models.CharField(_("valor"), max_length=254, blank=True)
    note = models.CharField(_("dato"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("error de una fila")
        verbose_name_plural = _("errores de filas")
        indexes = [
            models.Index(fields=["batch", "number"], name="import_problem_by_row"),
            models.Index(fields=["batch", "code", "value"], name="import_problem_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}#{self.number} {self.field}: {self.code}"


class ImportAlias(models.Model):
    """A further address that a row names and that could be one: what rows are held against each other by."""

    batch = models.ForeignKey(MailboxImport, on_delete=models.CASCADE, related_name="aliases", db_index=False)
    number = models.PositiveIntegerField(_("fila"))
    address = models.CharField(_("alias"), max_length=254, db_collation="C")

    class Meta:
        verbose_name = _("alias de una fila")
        verbose_name_plural = _("alias de filas")
        constraints = [models.UniqueConstraint(fields=["batch", "number", "address"], name="import_alias_once")]
        indexes = [models.Index(fields=["batch", "address"], name="import_alias_by_address")]

    def __str__(self) -> str:
        return f"{self.batch_id}#{self.number} {self.address}"
