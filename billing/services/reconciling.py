"""The bank's movements, booked: each once, whatever file brings it and however often.

An upload is read and kept at once; a job books its rows one by one, each in a transaction of its own, so that a worker
may be killed anywhere and another goes on with the next row.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from billing.models import BankFile, BankFileRow, BankMovement, Invoice, Payment
from billing.services.bank_matching import difference_of, invoice_of
from billing.services.bank_reading import BankRow, Movement, read_bank_file
from billing.services.deposits import book_unidentified_deposit, release_unidentified_deposit
from billing.services.documents import lock_accounts
from billing.services.notices import tell_received, tell_undone
from billing.services.paying import book_payment
from billing.services.taking_back import take_back
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.provisioning.services import enqueue

GATEWAY = "spei"
HAND_APART = timedelta(days=15)  # between what support books by hand and the day that the bank gives it
Outcome = BankFileRow.Outcome
State = BankMovement.State
FACTS = ("booked_on", "amount", "reference", "concept", "tracking_key", "sender")


@transaction.atomic
def upload_bank_file(*, actor: Actor, content: bytes, filename: str) -> BankFile:
    """Keeps the file's rows and asks for them to be booked. BusinessError (field ``file``) when it cannot be read."""
    try:
        rows = read_bank_file(content, filename, timezone.localdate())
    except UnreadableFile as error:
        raise BusinessError(error.user_message, field="file", code="unreadable") from error
    file = BankFile.objects.create(filename=filename[:200], uploaded_by=actor.user, row_count=len(rows))
    BankFileRow.objects.bulk_create([_row(file, row) for row in rows], batch_size=2000)
    log_action(actor=actor, account=None, action="billing.bank_file.uploaded", target=file, after={"count": len(rows)})
    enqueue(
        actor=actor,
        account=None,
        operation="billing.book_bank_file",
        lock_key=f"billing.bank_file:{file.pk}",
        params={"file": str(file.public_id)},
    )
    return file


def _row(file: BankFile, row: BankRow) -> BankFileRow:
    facts = dict(row.cells)
    outcome = Outcome.WRONG if row.problem else Outcome.SKIPPED
    if row.movement is not None:
        outcome = Outcome.WAITING
        facts = {name: str(getattr(row.movement, name)) for name in (*FACTS, "key")}
    return BankFileRow(file=file, number=row.number, outcome=outcome, problem=row.problem[:300], facts=facts)


def book_some_rows(file: BankFile, *, actor: Actor, most: int) -> int:
    """Books the next ``most`` rows and gives how many there were. Those that another worker has in hand are left to it."""
    for done in range(most):
        if not _book_next_row(file, actor):
            return done
    return most


def is_booked(file: BankFile) -> bool:
    if file.rows.filter(outcome=Outcome.WAITING).exists():
        return False
    BankFile.objects.filter(pk=file.pk).update(state=BankFile.State.DONE)
    return True


@transaction.atomic
def _book_next_row(file: BankFile, actor: Actor) -> bool:
    waiting = file.rows.filter(outcome=Outcome.WAITING).order_by("number")
    row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return False
    movement, is_new = book_movement(actor=actor, movement=_movement(row.facts))
    row.movement, row.outcome = movement, Outcome.BOOKED if is_new else Outcome.REPEATED
    row.save(update_fields=["movement", "outcome"])
    return True


def _movement(facts: dict[str, str]) -> Movement:
    day = datetime.fromisoformat(facts["booked_on"]).date()
    texts = {name: facts[name] for name in ("reference", "concept", "tracking_key", "sender", "key")}
    return Movement(booked_on=day, amount=Decimal(facts["amount"]), **texts)


@transaction.atomic
def book_movement(*, actor: Actor, movement: Movement) -> tuple[BankMovement, bool]:
    """The movement's row, and whether this call made it. Its money goes to the invoice whose reference it carries, or
    waits in the ledger as an unidentified deposit."""
    facts = {name: getattr(movement, name) for name in FACTS}
    try:
        with transaction.atomic():
            row = BankMovement.objects.create(key=movement.key, state=State.TO_REVIEW, **facts)
    except IntegrityError:
        return BankMovement.objects.get(key=movement.key), False
    invoice = invoice_of(row)
    if invoice is None:
        book_unidentified_deposit(key=_deposit_key(row), amount=row.amount)
        log_action(actor=actor, account=None, action="billing.movement.unidentified", target=row)
    elif not _is_known_by_hand(actor, row, invoice):
        _pay(actor, row, invoice.account, invoice, state=None)
    return row, True


def _is_known_by_hand(actor: Actor, row: BankMovement, invoice: Invoice) -> bool:
    """Support was told of this transfer before the bank's list was: that payment is its money, which came once."""
    lock_accounts([invoice.account_id])
    day = timezone.make_aware(datetime.combine(row.booked_on, time(12)))
    row.payment = (
        Payment.objects.filter(
            account=invoice.account_id,
            invoice=invoice,
            method=Payment.Method.TRANSFER,
            gateway="",
            state=Payment.State.RECEIVED,
            amount=row.amount,
            received_at__range=(day - HAND_APART, day + HAND_APART),
            movement=None,
        )
        .order_by("pk")
        .first()
    )
    if row.payment is None:
        return False
    row.invoice, row.state = invoice, State.MATCHED
    row.save(update_fields=["payment", "invoice", "state"])
    after = {"amount": str(row.amount), "state": row.state}
    log_action(actor=actor, account=invoice.account_id, action="billing.movement.booked", target=row, after=after)
    return True


def _pay(
    actor: Actor, row: BankMovement, account: Account, invoice: Invoice | None, *, state: BankMovement.State | None
) -> None:
    """Books the deposit as the account's payment. ``state`` None: what the amount says about the invoice."""
    lock_accounts([account.pk])
    if invoice is not None:
        invoice.refresh_from_db()
    rest = invoice.rest if invoice is not None and invoice.state == Invoice.State.OPEN else Decimal(0)
    row.payment = book_payment(
        actor=actor,
        account=account,
        amount=row.amount,
        method=Payment.Method.TRANSFER,
        idempotency_key=f"movement:{row.public_id}{_again(row)}",
        invoice=invoice,
        gateway=GATEWAY,
        gateway_ref=f"{row.key}{_again(row)}",
        at=timezone.make_aware(datetime.combine(row.booked_on, time(12))),
        concept=row.concept,
        reference=(row.reference or row.tracking_key)[:40],
    )
    row.invoice, row.state = invoice, state or difference_of(row, rest)
    row.save(update_fields=["payment", "invoice", "state"])
    after = {"amount": str(row.amount), "state": row.state}
    log_action(actor=actor, account=account, action="billing.movement.booked", target=row, after=after)
    tell_received(row.payment, rest=max(rest - row.amount, Decimal(0)))


@transaction.atomic
def assign_movement(
    *, actor: Actor, movement: BankMovement, invoice: Invoice | None = None, account: Account | None = None
) -> None:
    """Support found whose it is: an invoice, or an account's *saldo a favor*. BusinessError when somebody was quicker."""
    row = _claimed(movement)
    owner = invoice.account if invoice is not None else account
    if owner is None:
        raise BusinessError(_("Elija una factura o una cuenta."), field="invoice")
    if invoice is not None and invoice.currency != settings.CURRENCY:
        raise BusinessError(
            _("Esa factura está en %(currency)s y el depósito en %(ours)s: asígnelo a la cuenta.")
            % {"currency": invoice.currency, "ours": settings.CURRENCY},
            field="invoice",
        )
    release_unidentified_deposit(key=_deposit_key(row), amount=row.amount)
    row.settled_by, row.settled_at = actor.user, timezone.now()
    row.save(update_fields=["settled_by", "settled_at"])
    _pay(actor, row, owner, invoice, state=State.ASSIGNED)


@transaction.atomic
def leave_unidentified(*, actor: Actor, movement: BankMovement) -> None:
    """Nobody can be found for it now: it stays in the ledger as an unidentified deposit, and may still be assigned."""
    row = _claimed(movement)
    row.state, row.settled_by, row.settled_at = State.UNIDENTIFIED, actor.user, timezone.now()
    row.save(update_fields=["state", "settled_by", "settled_at"])
    log_action(actor=actor, account=None, action="billing.movement.left", target=row)


@transaction.atomic
def undo_assignment(*, actor: Actor, movement: BankMovement) -> None:
    """It was somebody else's: what it had paid is owed again, and the deposit waits for its owner as before.

    Raises BusinessError when it belongs to nobody, or when a part of it was sent back to the customer.
    """
    row = BankMovement.objects.select_for_update(of=("self",)).select_related("payment").get(pk=movement.pk)
    payment = row.payment
    if payment is None:
        raise BusinessError(_("Ese depósito no está asignado a nadie."), code="not_assigned")
    lock_accounts([payment.account_id])
    payment.refresh_from_db()
    if payment.refunded:
        raise BusinessError(
            _("Una parte de ese depósito ya se devolvió al cliente: no se puede deshacer."), code="refunded"
        )
    take_back(actor=actor, payment=payment, amount=payment.amount, key=f"undone:{payment.public_id}")
    row.undone_count += 1
    row.payment, row.invoice, row.state = None, None, State.TO_REVIEW
    row.settled_by, row.settled_at = actor.user, timezone.now()
    row.save(update_fields=["undone_count", "payment", "invoice", "state", "settled_by", "settled_at"])
    book_unidentified_deposit(key=_deposit_key(row), amount=row.amount)
    log_action(actor=actor, account=payment.account_id, action="billing.movement.undone", target=row)
    tell_undone(payment)


def _claimed(movement: BankMovement) -> BankMovement:
    row = BankMovement.objects.select_for_update().get(pk=movement.pk)
    if row.state not in BankMovement.OPEN:
        raise BusinessError(_("Ese depósito ya se asignó: recargue la página."), code="assigned")
    return row


def _deposit_key(row: BankMovement) -> str:
    return f"deposit:{row.public_id}{_again(row)}"


def _again(row: BankMovement) -> str:
    """What was undone was booked under the names before."""
    return f":{row.undone_count}" if row.undone_count else ""


def result_of(file: BankFile) -> dict[str, int]:
    """How many rows ended how: by outcome, and the booked ones by the state of their movement."""
    counts: dict[str, int] = dict(file.rows.values_list("outcome").annotate(count=Count("pk")))
    booked = file.rows.filter(outcome=Outcome.BOOKED).values_list("movement__state").annotate(count=Count("pk"))
    return counts | dict(booked)
