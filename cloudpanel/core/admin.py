"""What support's pages share: rows that only services write are read here, and moved by actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline

from cloudpanel.core.exceptions import BusinessError


def key_or_404(object_id: str | int) -> int:
    """The address of a page of the admin takes any text for its number."""
    try:
        return int(object_id)
    except ValueError:
        raise Http404 from None


class ListAdmin(ModelAdmin):  # type: ignore[misc]
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A filter that no database can look for (NUL) is left out: Django hands it over and fails."""
        if any("\x00" in value for _name, values in request.GET.lists() for value in values):
            return redirect(request.path)
        found: HttpResponse = super().changelist_view(request, extra_context)
        return found


class RecordAdmin(ListAdmin):
    """States and amounts are never typed: everything is read-only, nothing is added or deleted by hand.

    Permission to *change* decides who may run the actions.
    """

    show_full_result_count = False
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return [*(field.name for field in self.model._meta.fields if not field.primary_key), *self.readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EditableInline(TabularInline):  # type: ignore[misc]
    """Rows that are edited in a table: each control bears its column's name, which unfold shows only above."""

    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label)))
        return field


class RecordInline(TabularInline):  # type: ignore[misc]
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def run_on_each(
    admin: ModelAdmin, request: HttpRequest, rows: Iterable[Any], service: Callable[[Any], object], done: str
) -> None:
    """Calls ``service`` for every ticked row and says how each refusal reads and how many went through."""
    count = 0
    for row in rows:
        try:
            service(row)
            count += 1
        except BusinessError as error:
            admin.message_user(request, f"{row}: {error.user_message}", messages.WARNING)
    if count:
        admin.message_user(request, done % {"count": count}, messages.SUCCESS)
