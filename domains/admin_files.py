"""Domains and their holders as files, for support: what customers brought from another panel comes in at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from cloudpanel.core.domain_names import clean_registrable
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.staff_files import FileResource
from domains.models import Contact, Domain
from domains.services.ownership import held


class DomainResource(FileResource):
    """Export: everything that the customer sees. Import: new **external** domains of which support knows whose they are;
    a name that its account has already is left as it is. Accounts are named by their ``public_id``."""

    account = Field("account", "account", widget=ForeignKeyWidget(Account, "public_id"))
    customer = Field("account__legal_name", "customer", readonly=True)

    class Meta:
        model = Domain
        fields = ("account", "customer", "name", "kind", "state", "registered_at", "expires_at", "nameservers")
        export_order = ("account", "customer", "name", "kind", "state", "registered_at", "expires_at", "nameservers")
        import_id_fields = ("account", "name")
        clean_model_instances = False  # the constraints speak of live rows only, and are asked below

    def __init__(self, actor: Actor = SYSTEM, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.actor = actor

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        try:
            row["name"] = clean_registrable(str(row.get("name") or ""))
        except BusinessError as refusal:
            raise ValueError(refusal.user_message) from None
        for column in ("kind", "state", "registered_at", "expires_at", "nameservers"):
            row.pop(column, None)

    def get_instance(self, instance_loader: Any, row: Any) -> Domain | None:
        return Domain.objects.alive().filter(account__public_id=_uuid(row), name=row["name"]).first()

    def skip_row(self, instance: Domain, original: Domain, row: Any, import_validation_errors: Any = None) -> bool:
        return instance.pk is not None

    def before_save_instance(self, instance: Domain, row: Any, **kwargs: Any) -> None:
        if held(instance.name).exists():
            raise ValueError(_("%(name)s ya está en otra cuenta.") % {"name": instance.readable_name})
        instance.kind, instance.state, instance.verified_at = (
            Domain.Kind.EXTERNAL,
            Domain.State.ACTIVE,
            timezone.now(),
        )

    def after_save_instance(self, instance: Domain, row: Any, **kwargs: Any) -> None:
        if not kwargs.get("dry_run"):
            log_action(actor=self.actor, account=instance.account, action="domains.domain.imported", target=instance)


def _uuid(row: Any) -> UUID:
    text = str(row.get("account") or "")
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or not Account.objects.filter(public_id=found).exists():
        raise ValueError(_("No hay ninguna cuenta con el identificador %(id)s.") % {"id": text or "—"})
    return found


class HolderResource(FileResource):
    """Holders, found by ``public_id``; a row without one is a new holder."""

    account = Field("account", "account", widget=ForeignKeyWidget(Account, "public_id"))

    class Meta:
        model = Contact
        fields = (
            "public_id", "account", "name", "organisation", "email", "phone", "street", "city", "state", "postal_code",
            "country",
        )  # fmt: skip
        import_id_fields = ("public_id",)
        clean_model_instances = True
        skip_unchanged = True

    def __init__(self, actor: Actor = SYSTEM, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.actor = actor

    def get_instance(self, instance_loader: Any, row: Any) -> Contact | None:
        if not row.get("public_id"):
            row.pop("public_id", None)
            return None
        found: Contact | None = super().get_instance(instance_loader, row)
        if found is None:
            raise ValueError(_("No hay ningún titular con el identificador %(id)s.") % {"id": row["public_id"]})
        return found

    def after_save_instance(self, instance: Contact, row: Any, **kwargs: Any) -> None:
        if not kwargs.get("dry_run"):
            log_action(actor=self.actor, account=instance.account, action="domains.contact.imported", target=instance)
