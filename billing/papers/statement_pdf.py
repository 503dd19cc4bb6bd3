"""The statement of account as PDF."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.papers.sheet import Sheet
from billing.services.statement import Statement
from cloudpanel.core.money import format_money

MOST_MOVEMENTS = 500
"""More than this would keep a request waiting for seconds, and nobody prints twenty pages: CSV and Excel have no limit."""


def statement_pdf(statement: Statement) -> bytes:
    title = _("Estado de cuenta")
    issuer = settings.ISSUER["legal_name"]
    sheet = Sheet(title=title, author=issuer, footer=f"{title} · {issuer}", made_at=timezone.now())
    days = {"start": date_format(statement.start, "DATE_FORMAT"), "end": date_format(statement.end, "DATE_FORMAT")}
    sheet.write_heading([statement.account.legal_name], [title, _("Del %(start)s al %(end)s") % days])
    opening, currency = statement.opening, statement.currency
    closing = opening
    rows = []
    for movement in statement.movements():
        closing = movement.balance
        amounts = (movement.charge, movement.credit)
        rows.append(
            [
                date_format(timezone.localtime(movement.at), "SHORT_DATE_FORMAT"),
                movement.text,
                *(format_money(amount, "").strip() if amount else "" for amount in amounts),
                format_money(movement.balance, "").strip(),
            ]
        )
    sheet.write_line(_("Saldo anterior: %(amount)s") % {"amount": format_money(opening, currency)})
    if rows:
        headings = [_("Fecha"), _("Movimiento"), _("Cargo"), _("Abono"), _("Saldo")]
        sheet.write_table(headings, rows, widths=(22, 86, 25, 25, 26), numbers=3)
    sheet.write_totals([(_("Saldo al final"), format_money(closing, currency))])
    if closing < 0:
        sheet.write_line(_("Un saldo negativo es dinero a su favor."), faint=True)
    return sheet.as_bytes()
