"""Support's pages for customers and people."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.account_files import AccountResource, ContactResource, account_row
from accounts.forms.staff import StaffForm
from accounts.log_models import ActionLogEntry
from accounts.log_words import changes, whole_sentence
from accounts.models import Account, AccountContact, Membership, User
from accounts.requests import actor_of
from accounts.services.staff import add_staff_user, invite_staff_again
from accounts.services.support import note_account_change, note_staff_rights, reset_second_factor, staff_rights
from accounts.tax_ids import TAX_REGIMES, TaxIdError, check_regime, check_tax_id
from cloudpanel.core.admin import EditableInline, RecordAdmin, RecordInline, key_or_404
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.staff_files import FilesAdminMixin

# Tables of libraries: changing them by hand would go round our rules and our log.
for model in (Authenticator, EmailAddress, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]
    """What a group of support staff may do. Ticks instead of Django's two boxes, which need a mouse and a wide screen."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Support may accept an RFC whose last character disagrees: they have seen the customer's papers."""

    tax_id = forms.CharField(  # longer than the column: it may be typed with blanks and hyphens
        label=gettext_lazy("RFC"), max_length=20, required=False, widget=UnfoldAdminTextInputWidget
    )

    def clean_tax_id(self) -> str:
        number = self.cleaned_data["tax_id"]
        try:
            return check_tax_id(number, trust_check_digit=True) if number else ""
        except TaxIdError as error:
            raise forms.ValidationError(error.message) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        regime, number = data.get("tax_regime"), data.get("tax_id")
        if regime and regime not in TAX_REGIMES:
            self.add_error("tax_regime", _("No está en el catálogo c_RegimenFiscal."))
        elif regime and number:
            try:
                check_regime(number, regime)
            except TaxIdError as error:
                self.add_error("tax_regime", error.message)
        return data


class ContactInline(EditableInline):
    model = AccountContact
    extra = 0
    max_num = len(AccountContact.Kind)
    fields = ["kind", "name", "email", "phone"]


class MemberInline(RecordInline):
    model = Membership
    fields = readonly_fields = ["name", "email", "role", "is_active", "is_pending"]


@admin.register(Account)
class AccountAdmin(FilesAdminMixin, ModelAdmin):  # type: ignore[misc]
    form = AccountForm
    resource_classes = [AccountResource]
    list_display = ["legal_name", "tax_id", "city", "is_active", "requires_second_factor", "created_at"]
    list_filter = ["is_active", "requires_second_factor"]
    search_fields = ["legal_name", "tax_id", "contacts__email"]
    inlines = [ContactInline, MemberInline]
    ordering = ["legal_name", "pk"]
    show_full_result_count = False

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        before = account_row(Account.objects.get(pk=obj.pk)) if change else {}
        request.account_before = before  # type: ignore[attr-defined]
        obj.version += 1  # an administrator who has the profile open is told
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        note_account_change(
            actor=actor_of(request),
            account=form.instance,
            before=request.account_before,  # type: ignore[attr-defined]
            after=account_row(form.instance),
            is_new=not change,
        )

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """An account has invoices and a log: it is switched off, never deleted."""
        return False


@admin.register(AccountContact)
class AccountContactAdmin(FilesAdminMixin, RecordAdmin):
    """Whom to write to about what, as a list and as a file; edited on the account's page."""

    resource_classes = [ContactResource]
    list_display = ["account", "kind", "name", "email", "phone"]
    list_filter = ["kind"]
    list_select_related = ["account"]
    search_fields = ["account__legal_name", "name", "email"]

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}


class ResetForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Cómo comprobó quién es la persona"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(User)
class UserAdmin(RecordAdmin):
    """People change their own data; support helps them in."""

    list_display = ["email", "name", "state", "is_staff", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    exclude = ["password"]
    actions_detail = ["enter_as", "reset_factor", "invite_again"]

    @admin.display(description=gettext_lazy("estado"))
    def state(self, user: User) -> str:
        return str(user.status.label)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser says who is staff and what they may do."""
        readonly = [name for name in super().get_readonly_fields(request, obj) if name != "password"]
        if not request.user.is_superuser:
            return [*readonly, "groups", "user_permissions"]
        return [name for name in readonly if name not in {"is_staff", "is_superuser"}]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        request.rights_before = staff_rights(User.objects.get(pk=obj.pk))  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        actor, before = actor_of(request), request.rights_before  # type: ignore[attr-defined]
        note_staff_rights(actor=actor, user=form.instance, before=before)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_user")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A colleague. Customers' people are added by their own administrators."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StaffForm(request.POST or None, agent=request.user)  # type: ignore[arg-type]
        if request.method == "POST" and form.is_valid():
            try:
                user = add_staff_user(actor=actor_of(request), **form.cleaned_data)
            except BusinessError as error:
                form.add_error(error.field or None, error.user_message)
            else:
                self.message_user(request, _("Listo. Le enviamos un correo para activar su acceso."), messages.SUCCESS)
                return redirect("admin:accounts_user_change", user.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        return render(request, "accounts/admin_add_staff.html", context)

    def has_invite_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_add_permission(request)

    @action(description=gettext_lazy("Reenviar invitación"), url_path="invitar", permissions=["invite_again"])
    def invite_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        user = get_object_or_404(User, pk=key_or_404(object_id))
        if request.method != "POST":
            return render(request, "accounts/admin_invite_again.html", self._about(request, user))
        try:
            invite_staff_again(actor=actor_of(request), user=user)
        except BusinessError as error:
            self.message_user(request, error.user_message, messages.WARNING)
        else:
            self.message_user(request, _("Listo. Le enviamos otro correo."), messages.SUCCESS)
        return redirect("admin:accounts_user_change", user.pk)

    def has_enter_as_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("accounts.enter_as")

    def has_reset_factor_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("accounts.reset_second_factor")

    @action(description=gettext_lazy("Entrar como esta persona"), url_path="entrar-como", permissions=["enter_as"])
    def enter_as(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return render(
            request,
            "accounts/admin_enter_as.html",
            self._about(request, get_object_or_404(User, pk=key_or_404(object_id))),
        )

    def _about(self, request: HttpRequest, user: User, **more: Any) -> dict[str, Any]:
        """What a page about one person needs, its heading included."""
        return {**self.admin_site.each_context(request), "opts": self.opts, "original": user, "person": user, **more}

    @action(
        description=gettext_lazy("Quitar segundo factor"),
        url_path="quitar-segundo-factor",
        permissions=["reset_factor"],
    )
    def reset_factor(self, request: HttpRequest, object_id: int) -> HttpResponse:
        user = get_object_or_404(User, pk=key_or_404(object_id))
        form = ResetForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                reset_second_factor(actor=actor_of(request), user=user, **form.cleaned_data)
            except BusinessError as error:
                form.add_error(None, error.user_message)
            else:
                self.message_user(request, _("Listo. Le avisamos por correo."), messages.SUCCESS)
                return redirect("admin:accounts_user_change", user.pk)
        return render(request, "accounts/admin_reset_factor.html", self._about(request, user, form=form))


@admin.register(ActionLogEntry)
class ActionLogAdmin(RecordAdmin):
    """Read only: the database would refuse anything else."""

    list_display = ["at", "account", "words", "origin"]
    list_select_related = ["account"]
    search_fields = ["=account__tax_id", "account__legal_name"]
    readonly_fields = ["words", "differences"]
    exclude = ["mac", "written_in"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("qué pasó"))
    def words(self, entry: ActionLogEntry) -> str:
        return whole_sentence(entry)

    @admin.display(description=gettext_lazy("cambios"))
    def differences(self, entry: ActionLogEntry) -> str:
        return "; ".join(str(change) for change in changes(entry))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActionLogEntry]:
        return super().get_queryset(request).defer("mac")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_readonly_fields(request, obj) if name not in {"mac", "written_in"}]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
