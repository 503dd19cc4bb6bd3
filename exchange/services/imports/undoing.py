"""*Deshacer importación*: the mailboxes of one batch go to the bin, as *Eliminar* in the list would send them, and the
service users that it made and nobody has activated go too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Membership, Role
from accounts.notifications import notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES
from cloudpanel.provisioning.services import enqueue
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.services.deletion import delete_mailboxes
from exchange.services.imports.counting import recount_states
from exchange.services.imports.files import lock_key
from exchange.services.imports.finishing import page_of
from exchange.services.imports.hands import in_hand, take_in_hand
from exchange.services.selection import Selection
from marketplace.models import Subscription
from users.services.removal import Fate, delete_members

Stage, State = MailboxImport.Stage, ImportRow.State
CHUNK = 1000
PEOPLE_AT_ONCE = 500  # their account is locked while some thirty tables are asked whether they still name one of them
MADE = (State.CREATED, State.FAILED, State.CREATING)

# A sub-select and not a join: its rows are looked up one by one, whatever the planner takes the tables for.
_COLLECT = """
UPDATE exchange_importrow row SET state = %(undone)s, message = ''
WHERE row.batch_id = %(batch)s AND row.state = ANY(%(made)s)
  AND (SELECT mailbox.deleted_at IS NOT NULL OR mailbox.state = 'terminated'
       FROM exchange_mailbox mailbox WHERE mailbox.public_id = row.mailbox_public_id)
"""


@transaction.atomic
def begin_undo(*, actor: Actor, batch: MailboxImport) -> None:
    """A second click finds it begun. BusinessError while mailboxes are still being created, or when there are none."""
    related = MailboxImport.objects.select_for_update(of=("self",)).select_related("account", "subscription")
    row = related.get(pk=batch.pk)
    if row.stage in {Stage.UNDOING, Stage.UNDONE}:
        return
    if row.subscription.state == Subscription.State.TERMINATED:
        raise BusinessError(_("La suscripción ya se dio de baja."), code="subscription_not_active")
    if row.pruned_at is not None:
        raise BusinessError(
            _("Las filas de esta importación ya no se guardan, así que no se puede deshacer."), code="pruned"
        )
    if row.stage != Stage.FINISHED:
        raise BusinessError(_("Espere a que termine la importación para deshacerla."), code="not_finished")
    if not row.count(*MADE):
        raise BusinessError(_("Esta importación no creó ningún buzón que deshacer."), code="nothing_made")
    row.stage = Stage.UNDOING
    row.last_job = enqueue(
        actor=actor,
        account=row.account,
        operation="exchange.undo_import",
        lock_key=lock_key(row),
        params={"import": str(row.public_id)},
    )
    row.save(update_fields=["stage", "last_job"])
    log_action(
        actor=actor,
        account=row.account_id,
        action="exchange.import.undo_requested",
        target=row,
        after={"count": row.count(*MADE)},
    )


def undo_rows(public_id: UUID, hand: UUID, actor: Actor) -> bool:
    """For the worker. True when all mailboxes of the batch are gone, or refuse to go, and their people with them; False:
    ask again."""
    batch = take_in_hand(public_id, hand, Stage.UNDOING)
    if batch is None:
        return True
    last = 0
    while chunk := _next(batch, last):
        with in_hand(batch, hand):
            selection = Selection(tuple(public_id for _number, public_id in chunk))
            delete_mailboxes(
                actor=actor, subscription=batch.subscription, selection=selection, batch=str(batch.public_id)
            )
        last = chunk[-1][0]
    with in_hand(batch, hand):
        _collect(batch)
        if _is_moving(batch):
            return False
    for people in _made_people(batch):
        with in_hand(batch, hand):
            _remove_people(batch, actor, people)
    return True


def undo_ended(public_id: UUID, actor: Actor) -> None:
    """For the settlement. What refused to go stays in its row, and can be undone again."""
    batch = MailboxImport.objects.select_related("account").filter(public_id=public_id, stage=Stage.UNDOING).first()
    if batch is None:
        return
    _collect(batch)
    for people in _made_people(batch):  # those of a job that was given up; undo_rows leaves none
        _remove_people(batch, actor, people)
    left = batch.count(*MADE)
    batch.stage, batch.finished_at = Stage.FINISHED if left else Stage.UNDONE, timezone.now()
    batch.save(update_fields=["stage", "finished_at"])
    undone = batch.count(State.UNDONE)
    after = {"count": undone, "not_created": left} if left else {"count": undone}
    log_action(actor=actor, account=batch.account_id, action="exchange.import.undone", target=batch, after=after)
    if actor.user is not None:
        notify(
            account=batch.account_id,
            users=[actor.user],
            title=lambda: _("Importación deshecha: %(file)s") % {"file": batch.filename},
            body=lambda: _("Buzones que pasaron a la papelera: %(count)s.") % {"count": undone},
            url=page_of(batch, "import_result"),
            level="warning" if left else "success",
        )


def _next(batch: MailboxImport, after: int) -> list[tuple[int, UUID]]:
    """The next mailboxes of the batch that are still in the list and not on their way to the bin."""
    rows = ImportRow.objects.filter(batch=batch, state__in=MADE, number__gt=after).order_by("number")
    found = rows.values_list("number", "mailbox_public_id")[:CHUNK]
    return [(number, public_id) for number, public_id in found if public_id]


def _collect(batch: MailboxImport) -> None:
    made = [state.value for state in MADE]
    with connection.cursor() as cursor:
        cursor.execute(_COLLECT, {"batch": batch.pk, "undone": State.UNDONE.value, "made": made})
    recount_states(batch)


def _is_moving(batch: MailboxImport) -> bool:
    rows = ImportRow.objects.filter(batch=batch, state__in=MADE).values("mailbox_public_id")
    return Mailbox.objects.filter(public_id__in=rows, last_job__state__in=ACTIVE_STATES).exists()


def _made_people(batch: MailboxImport) -> Iterator[list[int]]:
    rows = ImportRow.objects.filter(batch=batch, state=State.UNDONE, made_user__isnull=False)
    people = list(rows.values_list("made_user", flat=True))
    for begin in range(0, len(people), PEOPLE_AT_ONCE):
        yield people[begin : begin + PEOPLE_AT_ONCE]


def _remove_people(batch: MailboxImport, actor: Actor, people: Sequence[int]) -> None:
    """Those of ``people``, whom this import made, whom nobody has activated and who have nothing else. People who have begun
    to use the panel stay."""
    owners = Mailbox.objects.listed().filter(account=batch.account, user__in=people).values("user")
    members = Membership.objects.filter(
        account=batch.account, user__in=people, role=Role.SERVICE_USER, is_pending=True, user__activated_at=None
    )
    idle = list(members.exclude(user__in=owners).select_related("user", "account"))
    if idle:
        delete_members(actor=actor, account=batch.account, members=idle, things=Fate.KEEP, delegations=Fate.KEEP)
