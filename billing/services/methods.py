"""The cards of an account. Adding one is done between the customer's browser and the gateway; we only learn its name."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from billing.models import CardSetup, GatewayCustomer, Invoice, Payment, PaymentMethod
from billing.models.methods import EXPIRES_SOON
from billing.services.notices import tell_card_expires
from billing.services.paying import AWAITED
from cloudpanel.core.crypto import InvalidToken, decrypt
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue

GATEWAY = "stripe"
FORM_LASTS = timedelta(hours=1)
MOST_CARDS = 10
MOST_FORMS = 20  # a day: whoever tries stolen cards needs many
State = CardSetup.State


def cards_offered() -> bool:
    return GATEWAY in settings.DRIVERS


def why_no_cards() -> str:
    """The sentence beside an option that is not available; nothing when it is."""
    return (
        "" if cards_offered() else _("El pago con tarjeta no está configurado en este panel. Pague por transferencia.")
    )


def default_card(account: Account | int) -> PaymentMethod | None:
    """The card that is charged by itself, when it still can be."""
    account_id = account.pk if isinstance(account, Account) else account
    card = PaymentMethod.objects.filter(account=account_id).kept().filter(is_default=True).first()
    return card if card is not None and not card.is_expired else None


@transaction.atomic
def start_card_setup(*, actor: Actor, account: Account, invoice: Invoice | None = None) -> CardSetup:
    """A form for one card; asked again within the hour it is the same one. BusinessError when cards are not offered."""
    if not cards_offered():
        raise BusinessError(why_no_cards(), code="no_cards")
    _lock(account.pk)
    if PaymentMethod.objects.filter(account=account).kept().count() >= MOST_CARDS:
        raise BusinessError(_("Ya tiene %(count)s tarjetas. Quite una antes de agregar otra.") % {"count": MOST_CARDS})
    mine = CardSetup.objects.filter(account=account, started_by=actor.user, invoice=invoice)
    fresh = mine.filter(state__in=[State.PREPARING, State.OPEN], created_at__gt=timezone.now() - FORM_LASTS)
    if (known := fresh.order_by("-pk").first()) is not None:
        return known
    if (
        CardSetup.objects.filter(account=account, created_at__gt=timezone.now() - timedelta(days=1)).count()
        >= MOST_FORMS
    ):
        raise BusinessError(_("Ya se intentaron muchas tarjetas hoy. Intente mañana o pague por transferencia."))
    setup = CardSetup.objects.create(account=account, started_by=actor.user, invoice=invoice)
    _enqueue_setup(actor, setup, "billing.start_card_setup")
    return setup


@transaction.atomic
def check_card_setup(*, actor: Actor, setup: CardSetup) -> None:
    """The form says that it is done: the gateway is asked. Asking twice asks once."""
    asked = CardSetup.objects.filter(pk=setup.pk, state__in=[State.OPEN, State.CHECKING])
    if asked.update(state=State.CHECKING):
        try:
            _enqueue_setup(actor, setup, "billing.finish_card_setup")
        except BusinessError as error:
            if error.code != "operation_in_progress":
                raise


def _enqueue_setup(actor: Actor, setup: CardSetup, operation: str) -> None:
    enqueue(
        actor=actor,
        account=setup.account,
        operation=operation,
        lock_key=f"{operation}:{setup.pk}",
        params={"setup": str(setup.public_id)},
    )


def secret_of(row: object) -> str:
    """What the browser needs to open the gateway's form, or nothing (any more)."""
    sealed = getattr(row, "client_secret", None)
    try:
        return str(decrypt(sealed)) if sealed else ""
    except InvalidToken:
        return ""


@transaction.atomic
def keep_card(*, actor: Actor, setup: CardSetup, card: dict[str, str | int]) -> PaymentMethod:
    """The card that the form gave. The same number again renews the card that is there: its old name is forgotten."""
    _lock(setup.account_id)
    setup.refresh_from_db()
    if setup.method is not None:
        return setup.method
    mine = PaymentMethod.objects.filter(account=setup.account_id)
    known = mine.kept().filter(fingerprint=card["fingerprint"]).exclude(fingerprint="").first()
    if known is not None:
        _forget(actor, known)
        _renew(known, card)
    method = known or PaymentMethod.objects.create(
        account_id=setup.account_id, gateway=GATEWAY, is_default=not mine.filter(is_default=True).exists(), **card
    )
    CardSetup.objects.filter(pk=setup.pk).update(state=State.DONE, method=method, client_secret=None)
    action = "billing.method.renewed" if known else "billing.method.added"
    _log(actor, action, method)
    return method


def _renew(method: PaymentMethod, card: dict[str, str | int]) -> None:
    for name, value in card.items():
        setattr(method, name, value)
    method.expiry_told_at = None
    method.save(update_fields=[*card, "expiry_told_at"])


@transaction.atomic
def choose_default(*, actor: Actor, method: PaymentMethod) -> None:
    _lock(method.account_id)
    mine = PaymentMethod.objects.filter(account=method.account_id)
    if not mine.kept().filter(pk=method.pk).exists():
        raise BusinessError(_("Esa tarjeta ya se quitó."), code="method_removed")
    if mine.filter(pk=method.pk, is_default=True).exists():
        return
    mine.filter(is_default=True).update(is_default=False)
    mine.filter(pk=method.pk).update(is_default=True)
    _log(actor, "billing.method.made_default", method)


@transaction.atomic
def remove_card(*, actor: Actor, method: PaymentMethod) -> None:
    """Gone here at once, at the gateway by a job. The oldest of the other cards becomes the default one.

    Raises BusinessError while it is being charged.
    """
    _lock(method.account_id)
    mine = PaymentMethod.objects.filter(account=method.account_id)
    if Payment.objects.filter(card_charge__method=method, state__in=AWAITED).exists():
        raise BusinessError(_("Hay un cobro en curso con esta tarjeta. Espere a que termine."), code="method_in_use")
    if not mine.filter(pk=method.pk, removed_at__isnull=True).update(removed_at=timezone.now(), is_default=False):
        return
    if method.is_default and (heir := mine.kept().first()) is not None:
        mine.filter(pk=heir.pk).update(is_default=True)
    _log(actor, "billing.method.removed", method)
    _forget(actor, method)


def _forget(actor: Actor, method: PaymentMethod) -> None:
    enqueue(
        actor=actor,
        account=method.account,
        operation="billing.forget_card",
        lock_key=f"billing.card:{method.gateway_ref}",
        params={"card": method.gateway_ref},
    )


@transaction.atomic
def check_card(*, actor: Actor, method: PaymentMethod, event: str) -> None:
    """The gateway says that the bank changed the card (a new date, a new number): it is read again."""
    enqueue(
        actor=actor,
        account=None,  # nobody asked for it: the customer sees the card's new date
        operation="billing.read_card",
        lock_key=f"billing.card.read:{event}"[:200],
        params={"card": method.gateway_ref},
    )


@transaction.atomic
def note_card(*, actor: Actor, gateway_ref: str, card: dict[str, str | int]) -> None:
    """What the gateway says of a card that is kept here; nothing when it says what was known."""
    found = PaymentMethod.objects.kept().filter(gateway=GATEWAY, gateway_ref=gateway_ref).first()
    if found is None:
        return
    _lock(found.account_id)
    news = {name: value for name, value in card.items() if getattr(found, name) != value}
    mine = PaymentMethod.objects.kept().filter(account=found.account_id).exclude(pk=found.pk)
    if news.get("fingerprint") and mine.filter(fingerprint=news["fingerprint"]).exists():
        del news["fingerprint"]  # the new number was added by hand, too: both stay, under their own names
    if news:
        _renew(found, news)
        _log(actor, "billing.method.renewed", found)


def keep_customer(account: Account, ref: str) -> None:
    GatewayCustomer.objects.update_or_create(account=account, gateway=GATEWAY, defaults={"ref": ref})


def tell_of_expiring_cards() -> int:
    """Each card once, from 45 days before it expires. Called once a day (``settings.PERIODIC``)."""
    today = timezone.localdate()
    last = today + EXPIRES_SOON
    soon = Q(exp_year__lt=last.year) | Q(exp_year=last.year, exp_month__lte=last.month)
    soon &= Q(exp_year__gt=today.year) | Q(exp_year=today.year, exp_month__gte=today.month)
    due = PaymentMethod.objects.kept().filter(soon, expiry_told_at__isnull=True)
    told = 0
    with transaction.atomic():
        for method in due.select_for_update(skip_locked=True)[:500]:
            if not method.expires_soon:
                continue
            PaymentMethod.objects.filter(pk=method.pk).update(expiry_told_at=timezone.now())
            tell_card_expires(method)
            _log(SYSTEM, "billing.method.expiry_told", method)
            told += 1
    return told


def _lock(account_id: int) -> None:
    Account.objects.select_for_update(no_key=True).get(pk=account_id)


def _log(actor: Actor, action: str, method: PaymentMethod) -> None:
    after = {"card": str(method), "expiry": method.expiry_text}
    log_action(actor=actor, account=method.account_id, action=action, target=method, after=after)
