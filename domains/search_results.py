"""What the page of a search shows: one line for each name, free ones first, alternatives apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cloudpanel.core.domain_names import readable
from domains.models import DomainSearch, SearchedName
from domains.services.names import Shop

Answer = SearchedName.Answer
TONES = {Answer.FREE: "success", Answer.TAKEN: "muted", Answer.UNKNOWN: "warning", Answer.WAITING: "progress"}
ORDER = [Answer.FREE, Answer.WAITING, Answer.UNKNOWN, Answer.TAKEN]


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    readable_name: str
    label: str
    tone: str
    note: str
    price: Decimal | None
    is_free: bool


@dataclass(frozen=True, slots=True)
class Results:
    wanted: list[Line]
    alternatives: list[Line]
    waiting: int
    unknown: int

    @property
    def free(self) -> list[Line]:
        return [line for line in (*self.wanted, *self.alternatives) if line.is_free]


def results_of(search: DomainSearch, shop: Shop) -> Results:
    """One statement."""
    rows = list(search.names.all())
    wanted = sorted((row for row in rows if not row.is_alternative), key=lambda row: ORDER.index(Answer(row.answer)))
    others = [row for row in rows if row.is_alternative and row.answer in (Answer.FREE, Answer.WAITING)]
    waiting = sum(1 for row in rows if row.answer == Answer.WAITING)
    unknown = sum(1 for row in wanted if row.answer == Answer.UNKNOWN)
    return Results([_line(row, shop) for row in wanted], [_line(row, shop) for row in others], waiting, unknown)


def _line(row: SearchedName, shop: Shop) -> Line:
    answer = Answer(row.answer)
    price = shop.price(row.ending)
    return Line(
        name=row.name,
        readable_name=readable(row.name),
        label=str(answer.label),
        tone=TONES[answer],
        note=row.note,
        price=price,
        is_free=answer == Answer.FREE and price is not None,
    )
