"""Files of the admin: what support exports and imports with django-import-export.

Its own reading guesses silently (*sí* is false, ``2.7`` is two, ``03/04/2026`` is in March) or answers in English. Here a
cell is read as it was meant or refused with its row and column, in Spanish.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import FieldError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export import widgets
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats import base_formats
from import_export.resources import ModelResource
from import_export.tmp_storages import CacheStorage
from tablib import Dataset
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import safe_text, unsafe_text
from cloudpanel.core.tabular.reading import detect_layout, read_rows

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
YES = frozenset({"1", "true", "verdadero", "sí", "si", "s", "yes", "x"})
NO = frozenset({"0", "false", "falso", "no", "n"})


class Text(widgets.CharWidget):  # type: ignore[misc]
    """A spreadsheet takes none for a formula, and what was exported comes back as it was."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return unsafe_text(str(super().clean(value, row, **kwargs) or ""))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else safe_text(value)


class Amount(widgets.Widget):  # type: ignore[misc]
    """``1234.5``, ``1,234.50`` and ``$1,234.50``; a comma for decimals is not guessed at."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        text = str(value if value is not None else "").replace("$", "").replace(" ", "").replace("\xa0", "")
        if not text:
            return None
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if not _NUMBER.fullmatch(text):
            raise ValueError(_("«%(text)s» no es un número: escríbalo como 1234.50.") % {"text": str(value)[:40]})
        return Decimal(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:f}"


class Whole(Amount):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        number = super().clean(value, row, **kwargs)
        if number is None:
            return None
        if number != number.to_integral_value() or number.adjusted() > 18:
            raise ValueError(_("«%(text)s» no es un número entero.") % {"text": str(value)[:40]})
        return int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class YesNo(widgets.BooleanWidget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        text = str(value if value is not None else "").strip().lower()
        if not text:
            return None
        if text not in YES | NO:
            raise ValueError(_("«%(text)s» no es sí ni no: escriba 1 o 0.") % {"text": str(value)[:40]})
        return text in YES


class Day(widgets.Widget):  # type: ignore[misc]
    """``2026-12-31``, or the day first as in Mexico."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        text = str(value or "").strip()
        for shape in _DAYS if text else ():
            try:
                return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        if text:
            raise ValueError(_("«%(text)s» no es una fecha: escríbala como 2026-12-31.") % {"text": text[:40]})
        return None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


class Moment(widgets.Widget):  # type: ignore[misc]
    """ISO 8601 with the zone, to the microsecond; a day alone is its beginning here."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        text = value.isoformat() if isinstance(value, date) else str(value or "").strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).astimezone(UTC)
        except (ValueError, OverflowError):
            shape = {"text": text[:40]}
            raise ValueError(_("«%(text)s» no es una fecha y hora: escríbala como 2026-12-31 13:45.") % shape) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return timezone.localtime(value).isoformat(sep=" ") if value else ""


class Json(widgets.JSONWidget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value or "").strip()
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError):
            shape = {"text": text[:40]}
            raise ValueError(_('«%(text)s» no se entiende: escríbalo como {"mailboxes": 10}.') % shape) from None


class FileResource(ModelResource):  # type: ignore[misc]
    """``clean_model_instances``: the database's promises are told as errors of the row and field."""

    WIDGETS_MAP: ClassVar[dict[str, Any]] = {
        **ModelResource.WIDGETS_MAP,
        **dict.fromkeys(("CharField", "TextField", "SlugField", "EmailField"), Text),
        **{name: Whole for name, widget in ModelResource.WIDGETS_MAP.items() if widget is widgets.IntegerWidget},
        "DecimalField": Amount,
        "BooleanField": YesNo,
        "DateField": Day,
        "DateTimeField": Moment,
        "JSONField": Json,
    }

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        self._rows: dict[tuple[str, ...], int] = {}
        self._count = 0

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Any, bool]:
        """Of two rows about the same thing none is right."""
        self._count += 1
        columns = [self.fields[name].column_name for name in self.get_import_id_fields()]
        key = tuple(str(row.get(column) or "").strip() for column in columns)
        if any(key) and self._rows.setdefault(key, self._count) != self._count:
            raise ValueError(_("Repite la fila %(number)s.") % {"number": self._rows[key]})
        return cast("tuple[Any, bool]", super().get_or_init_instance(instance_loader, row))

    def _check_import_id_fields(self, headers: list[str]) -> None:
        wanted = [self.fields[name].column_name for name in self.get_import_id_fields()]
        missing = [name for name in wanted if name not in (headers or [])]
        if missing:
            raise FieldError(
                _("Al archivo le falta la columna %(names)s: por ella se sabe de qué trata cada fila.")
                % {"names": ", ".join(missing)}
            )


class Csv(base_formats.CSV):  # type: ignore[misc]
    """In any encoding and with any separator that spreadsheets write; see :mod:`cloudpanel.core.tabular`."""

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Dataset:
        return _dataset(in_stream)

    def get_read_mode(self) -> str:
        return "rb"

    def is_binary(self) -> bool:
        return True

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """With a BOM, without which Excel takes accents for something else."""
        return bytes(super().export_data(dataset, **kwargs).encode("utf-8-sig"))


class Xlsx(base_formats.XLSX):  # type: ignore[misc]
    def create_dataset(self, in_stream: bytes) -> Dataset:
        return _dataset(in_stream)


def _dataset(content: bytes) -> Dataset:
    """All cells as text, short rows filled up. Raises UnreadableFile."""
    rows = list(read_rows(content, detect_layout(content)))
    if not rows:
        raise UnreadableFile(_("El archivo está vacío."))
    headings = [heading.strip() for heading in rows[0]]
    repeated = sorted({name for name in headings if name and headings.count(name) > 1})
    if repeated:
        raise UnreadableFile(_("La columna %(names)s está dos veces.") % {"names": ", ".join(repeated)})
    found, width = Dataset(headers=headings), len(headings)
    for row in rows[1:]:
        found.append((row + [""] * width)[:width])
    return found


class UploadStorage(CacheStorage):  # type: ignore[misc]
    """Between preview and confirmation, where every web process finds it."""

    CACHE_LIFETIME = 3600

    def read(self) -> bytes:
        content = super().read()
        if content is None:
            raise UnreadableFile(_("El archivo ya no está: vuelva a subirlo."))
        return bytes(content)


class ExportsAdminMixin(ExportMixin):  # type: ignore[misc]
    """Export as CSV and XLSX, by whoever may see the rows."""

    export_form_class = ExportForm
    formats: ClassVar[list[type]] = [Csv, Xlsx]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


class FilesAdminMixin(ExportsAdminMixin, ImportExportMixin):  # type: ignore[misc]
    """Import, too, by whoever may add and change them."""

    import_form_class = ImportForm
    tmp_storage_class = UploadStorage

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With one wrong row nothing is imported."""
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return cast("HttpResponse", super().process_import(request, **kwargs))
        except UnreadableFile as error:
            messages.error(request, error.user_message)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """What was right in the preview may be wrong by now."""
        if result.has_errors() or result.has_validation_errors():
            raise UnreadableFile(
                _("Algo cambió desde la vista previa y no se importó nada. Vuelva a subir el archivo.")
            )
        return cast("HttpResponse", super().process_result(result, request))

    def has_import_permission(self, request: HttpRequest) -> bool:
        names = [get_permission_codename(verb, self.opts) for verb in ("add", "change")]
        return all(request.user.has_perm(f"{self.opts.app_label}.{name}") for name in names)

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if isinstance(e, UnreadableFile):
            form.add_error("import_file", e.user_message)
        else:
            form.add_error("import_file", _("El archivo no se puede leer. Elija el formato que tiene: CSV o XLSX."))
