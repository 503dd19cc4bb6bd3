"""Support's pages: mailboxes, domains and templates are read here; what failed is tried again. Drafts and password links
hold secrets and are nobody's business."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from cloudpanel.core.admin import RecordAdmin, RecordInline, run_on_each
from exchange.models import Mailbox, MailboxAlias, MailboxTemplate, MailDomain
from exchange.services.domains import check_domain_now
from exchange.services.mailboxes import retry_mailbox
from exchange.sizes import readable_bytes, readable_megabytes
from exchange.states import shown_of


class AliasInline(RecordInline):
    model = MailboxAlias
    fields = ["address", "mail_domain", "last_job"]


@admin.register(Mailbox)
class MailboxAdmin(RecordAdmin):
    list_display = ["address", "display_name", "account", "shown", "used", "limit", "deleted_at"]
    list_filter = ["state", "last_job__state"]
    list_select_related = ["account", "last_job"]
    search_fields = ["address__startswith", "account__legal_name"]
    ordering = ["-pk"]
    inlines = [AliasInline]
    actions = ["retry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailbox]:
        return super().get_queryset(request).defer("search_text")  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("estado"))
    def shown(self, mailbox: Mailbox) -> Any:
        return shown_of(mailbox).label

    @admin.display(description=gettext_lazy("tamaño actual"), ordering="used_bytes")
    def used(self, mailbox: Mailbox) -> str:
        return readable_bytes(mailbox.used_bytes)

    @admin.display(description=gettext_lazy("límite"), ordering="quota_mb")
    def limit(self, mailbox: Mailbox) -> str:
        return readable_megabytes(mailbox.quota_mb)

    @action(description=gettext_lazy("Reintentar"), permissions=["change"])
    def retry(self, request: HttpRequest, mailboxes: QuerySet[Mailbox]) -> None:
        actor = request.actor  # type: ignore[attr-defined]
        done = _("%(count)s buzones se están intentando de nuevo.")
        whole = mailboxes.select_related("last_job", "account", "subscription")
        run_on_each(self, request, whole, lambda box: retry_mailbox(actor=actor, mailbox=box), done)


@admin.register(MailDomain)
class MailDomainAdmin(RecordAdmin):
    list_display = ["name", "account", "state", "is_default", "seen_note", "checked_at"]
    list_filter = ["state", "is_default"]
    list_select_related = ["account"]
    search_fields = ["name", "account__legal_name"]
    ordering = ["-pk"]
    actions = ["check_now"]

    @action(description=gettext_lazy("Comprobar ahora"), permissions=["change"])
    def check_now(self, request: HttpRequest, domains: QuerySet[MailDomain]) -> None:
        actor = request.actor  # type: ignore[attr-defined]
        done = _("%(count)s dominios se están comprobando.")
        whole = domains.select_related("last_job", "account", "subscription")
        run_on_each(self, request, whole, lambda domain: check_domain_now(actor=actor, domain=domain), done)


@admin.register(MailboxTemplate)
class MailboxTemplateAdmin(RecordAdmin):
    list_display = ["name", "account", "quota_mb", "allows_imap", "allows_pop3", "is_default"]
    list_select_related = ["account"]
    search_fields = ["name", "account__legal_name"]
    ordering = ["-pk"]
