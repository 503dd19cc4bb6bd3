"""What the panel tells people about renewals and overdue invoices: one notice for each account and run, however many
services it is about. On screen and by e-mail, as each administrator prefers (accounts.notifications)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import Account, NotificationKind
from accounts.notifications import administrators_of, notify
from billing.models import Invoice
from cloudpanel.core.money import ZERO, format_money
from marketplace.dunning_schedule import Act
from marketplace.models import Subscription

INVOICES = "/cuenta/facturas/"


def tell_of_renewals(accounts: Mapping[int, Account], invoices: Sequence[Invoice]) -> None:
    """The invoices of this run, account by account."""
    groups: dict[int, list[Invoice]] = {}
    for invoice in invoices:
        groups.setdefault(invoice.account_id, []).append(invoice)
    for account_id, mine in groups.items():
        open_ones = [invoice for invoice in mine if invoice.rest]
        _tell(
            accounts[account_id],
            title=lambda mine=mine: (
                ngettext(
                    "Emitimos la factura de su renovación", "Emitimos %(count)s facturas de sus renovaciones", len(mine)
                )
                % {"count": len(mine)}
            ),
            body=lambda mine=mine, rest=open_ones: _renewal_text(mine, rest),
            by_email=False,  # each invoice goes out with its PDF
        )


def _renewal_text(mine: Sequence[Invoice], open_ones: Sequence[Invoice]) -> str:
    if not open_ones:
        return _("Se pagaron con su saldo a favor.")
    due = min(invoice.due_date for invoice in open_ones)
    texts = {**_sum(open_ones), "date": date_format(due, "DATE_FORMAT")}
    return _("Por pagar: %(total)s. La primera vence el %(date)s.") % texts


def tell_of_ends(account: Account, subscriptions: Sequence[Subscription]) -> None:
    """What nobody renewed has ended."""
    until = min(each.terminates_on for each in subscriptions if each.terminates_on)
    texts = {"names": _names(subscriptions), "date": date_format(until, "DATE_FORMAT")}
    _tell(
        account,
        title=lambda: (
            ngettext("Terminó una suscripción", "Terminaron %(count)s suscripciones", len(subscriptions))
            % {"count": len(subscriptions)}
        ),
        body=lambda: (
            _("%(names)s. Sus datos se conservan hasta el %(date)s; hasta entonces puede reactivarla.") % texts
        ),
        url=reverse("marketplace:subscriptions") + "?ver=inactivas",
        level="warning",
    )


def tell_of_overdue(
    account: Account, act: Act, invoices: Sequence[Invoice], *, day: date | None, names: Iterable[str] = ()
) -> None:
    """The gravest step that was taken for this account in this run; ``day``: when the next grave one comes."""
    title, body, level = _OVERDUE[act]
    texts = {
        **_sum(invoices),
        "names": ", ".join(sorted(set(names))),
        "date": date_format(day, "DATE_FORMAT") if day else "",
    }
    _tell(
        account,
        title=lambda: _(title) % texts,
        body=lambda: _(body) % texts,
        url=INVOICES,
        level=level,
    )


# Each reader has a language of their own: translated where they are used.
_OVERDUE: Mapping[Act, tuple[str, str, str]] = {
    Act.REMIND: (
        gettext_noop("Pronto vence una factura"),
        gettext_noop("Por pagar: %(total)s (%(invoices)s). Si ya pagó, no haga nada: lo registraremos solos."),
        "info",
    ),
    Act.COLLECT: (
        gettext_noop("Tiene una factura por pagar"),
        gettext_noop("Por pagar: %(total)s (%(invoices)s). Sin su pago suspenderemos el servicio el %(date)s."),
        "warning",
    ),
    Act.WARN: (
        gettext_noop("Último aviso antes de suspender su servicio"),
        gettext_noop("Por pagar: %(total)s (%(invoices)s). El %(date)s nadie podrá usar: %(names)s."),
        "danger",
    ),
    Act.SUSPEND: (
        gettext_noop("Suspendimos su servicio por falta de pago"),
        gettext_noop(
            "%(names)s: nadie puede ingresar; no se pierde nada y el correo se sigue recibiendo. Pague %(total)s "
            "(%(invoices)s) y se reactiva solo. Sin su pago se borra el %(date)s."
        ),
        "danger",
    ),
    Act.WARN_OF_END: (
        gettext_noop("Su servicio suspendido está por borrarse"),
        gettext_noop(
            "%(names)s se borra con todos sus datos el %(date)s. Para evitarlo, pague %(total)s (%(invoices)s)."
        ),
        "danger",
    ),
    Act.TERMINATE: (
        gettext_noop("Dimos de baja su servicio por falta de pago"),
        gettext_noop("%(names)s se borró. Sigue por pagar lo que se usó."),
        "danger",
    ),
}


def _sum(invoices: Sequence[Invoice]) -> dict[str, Any]:
    total = sum((invoice.rest for invoice in invoices), ZERO)
    currency = invoices[0].currency if invoices else ""
    return {
        "total": format_money(Decimal(total), currency),
        "invoices": ", ".join(invoice.number_text for invoice in invoices[:5]) + ("…" if len(invoices) > 5 else ""),
    }


def _names(subscriptions: Iterable[Subscription]) -> str:
    return ", ".join(each.name for each in subscriptions)


def _tell(account: Account, **facts: Any) -> None:
    notify(
        account=account,
        users=administrators_of(account),
        kind=NotificationKind.BILLING,
        **{"url": INVOICES, **facts},
    )
