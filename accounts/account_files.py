"""Accounts and their contacts as files, for support: what comes in is checked and logged like what is typed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget

from accounts.actors import SYSTEM, Actor
from accounts.models import Account, AccountContact
from accounts.services.support import note_account_change
from accounts.tax_ids import TAX_REGIMES, TaxIdError, check_regime, check_tax_id
from cloudpanel.core.staff_files import FileResource

COLUMNS = (
    "public_id",
    "legal_name",
    "tax_id",
    "tax_regime",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "language",
    "time_zone",
    "is_active",
    "requires_second_factor",
)


def account_row(account: Account) -> dict[str, Any]:
    """What the log compares: the account's data and its contacts."""
    row = {name: getattr(account, name) for name in COLUMNS if name != "public_id"}
    for contact in AccountContact.objects.filter(account=account).order_by("kind"):
        row[f"{contact.kind}_contact"] = {"name": contact.name, "email": contact.email, "phone": contact.phone}
    return row


class AccountResource(FileResource):
    """Found by ``public_id``; a row without one is a new account."""

    class Meta:
        model = Account
        fields = COLUMNS
        import_id_fields = ("public_id",)
        clean_model_instances = True
        skip_unchanged = True

    def __init__(self, actor: Actor = SYSTEM, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.actor = actor
        self._before: dict[str, Any] = {}

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        number, regime = str(row.get("tax_id") or ""), str(row.get("tax_regime") or "")
        try:
            if number:
                row["tax_id"] = check_tax_id(number, trust_check_digit=True)
            if regime and regime not in TAX_REGIMES:
                raise ValueError(_("«%(regime)s» no está en el catálogo c_RegimenFiscal.") % {"regime": regime})
            if number and regime:
                check_regime(row["tax_id"], regime)
        except TaxIdError as error:
            raise ValueError(str(error.message)) from None

    def get_instance(self, instance_loader: Any, row: Any) -> Account | None:
        if not row.get("public_id"):
            row.pop("public_id", None)
            return None
        found: Account | None = super().get_instance(instance_loader, row)
        if found is None:
            raise ValueError(_("No hay ninguna cuenta con el identificador %(id)s.") % {"id": row["public_id"]})
        return found

    def before_save_instance(self, instance: Account, row: Any, **kwargs: Any) -> None:
        saved = Account.objects.filter(pk=instance.pk).first() if instance.pk else None
        self._before = account_row(saved) if saved else {}
        instance.version += 1

    def after_save_instance(self, instance: Account, row: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run"):
            return
        after = account_row(instance)
        note_account_change(
            actor=self.actor, account=instance, before=self._before, after=after, is_new=not self._before
        )


class ContactResource(FileResource):
    account = Field("account", "account", widget=ForeignKeyWidget(Account, "public_id"))

    class Meta:
        model = AccountContact
        fields = ("account", "kind", "name", "email", "phone")
        import_id_fields = ("account", "kind")
        clean_model_instances = True
        skip_unchanged = True

    def __init__(self, actor: Actor = SYSTEM, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.actor = actor
        self._before: dict[str, Any] = {}

    def before_save_instance(self, instance: AccountContact, row: Any, **kwargs: Any) -> None:
        self._before = account_row(instance.account)

    def after_save_instance(self, instance: AccountContact, row: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run"):
            return
        after = account_row(instance.account)
        note_account_change(actor=self.actor, account=instance.account, before=self._before, after=after)
