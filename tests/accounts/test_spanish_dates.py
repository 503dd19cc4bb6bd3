from datetime import date

from django.utils import translation
from django.utils.formats import date_format


def test_months_are_written_in_lower_case_as_spanish_does():
    with translation.override("es-mx"):
        assert date_format(date(2026, 12, 2), "DATE_FORMAT") == "2 de diciembre de 2026"
