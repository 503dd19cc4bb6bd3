"""Which day it is for the customer of each row, in SQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import DateField, DateTimeField, F, Func, Value
from django.db.models.functions import Cast


def customers_day(now: datetime) -> Cast:
    """Which day it is for the account of each row."""
    local = Func(
        F("account__time_zone"), Value(now, DateTimeField()), function="timezone", output_field=DateTimeField()
    )
    return Cast(local, DateField())


def latest_day(now: datetime) -> date:
    """No customer is further than this: lets an index on the plain column do the first cut."""
    return now.date() + timedelta(days=1)
