"""How every form of the panel is drawn: Tabler's classes come from the widget's kind, never from the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

GROUPED = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class TickList(forms.CheckboxSelectMultiple):
    """Several may be ticked; they share a name that says so (``services[]``), as a page's other lists of ticks do."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(f"{name}[]", value, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return super().value_from_datadict(data, files, f"{name}[]")


def css_class(widget: forms.Widget) -> str:
    """Tabler's class for this kind of widget; nothing for hidden ones."""
    if widget.is_hidden:
        return ""
    if isinstance(widget, (forms.CheckboxInput, *GROUPED)):
        return "form-check-input"
    if isinstance(widget, (forms.Select, forms.SelectMultiple)):
        return "form-select"
    return "form-control"


class PanelBoundField(forms.BoundField):
    """Adds the class, marks what is wrong, and knows whether it is a single tick box (label after the box)."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        own = widget.attrs.get("class", "")
        wrong = "is-invalid" if self.errors and not widget.is_hidden else ""
        classes = " ".join(part for part in (css_class(widget), own, wrong) if part)
        return {**attrs, "class": classes} if classes else attrs

    @property
    def is_tick_box(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_password(self) -> bool:
        return isinstance(self.field.widget, forms.PasswordInput)


class PanelRenderer(TemplatesSetting):
    """For FORM_RENDERER. The templates are in templates/django/forms/."""

    bound_field_class = PanelBoundField
