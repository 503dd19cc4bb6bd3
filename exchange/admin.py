"""Support's pages: mailboxes, domains and templates are read here; what failed is tried again. Drafts and password links
hold secrets and are nobody's business."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.requests import actor_of
from cloudpanel.core.admin import RecordAdmin, RecordInline, run_on_each
from cloudpanel.core.exceptions import BusinessError
from exchange.findings_shown import shown_of_finding
from exchange.models import (
    Comparison,
    DistributionList,
    ExternalContact,
    Finding,
    ImportRow,
    ListMember,
    Mailbox,
    MailboxAlias,
    MailboxBatch,
    MailboxGrant,
    MailboxImport,
    MailboxTemplate,
    MailDomain,
)
from exchange.services.domains import check_domain_now
from exchange.services.mailboxes import retry_mailbox
from exchange.services.reconcile import Choice, Verb, compare_now, decide
from exchange.sizes import readable_bytes, readable_megabytes
from exchange.states import shown_of
from marketplace.models import Subscription


class AliasInline(RecordInline):
    model = MailboxAlias
    fields = ["address", "mail_domain", "last_job"]


class GrantInline(RecordInline):
    model = MailboxGrant
    fk_name = "mailbox"
    fields = ["grantee", "is_full", "is_send_as", "is_send_on_behalf"]


@admin.register(Mailbox)
class MailboxAdmin(RecordAdmin):
    list_display = ["address", "display_name", "account", "shown", "used", "limit", "deleted_at"]
    list_filter = ["state", "kind", "last_job__state"]
    list_select_related = ["account", "last_job"]
    search_fields = ["address__startswith", "account__legal_name"]
    ordering = ["-pk"]
    inlines = [AliasInline, GrantInline]
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
        actor = actor_of(request)
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
        actor = actor_of(request)
        done = _("%(count)s dominios se están comprobando.")
        whole = domains.select_related("last_job", "account", "subscription")
        run_on_each(self, request, whole, lambda domain: check_domain_now(actor=actor, domain=domain), done)


@admin.register(MailboxTemplate)
class MailboxTemplateAdmin(RecordAdmin):
    list_display = ["name", "account", "quota_mb", "allows_imap", "allows_pop3", "is_default"]
    list_select_related = ["account"]
    search_fields = ["name", "account__legal_name"]
    ordering = ["-pk"]


@admin.register(Comparison)
class ComparisonAdmin(RecordAdmin):
    list_display = ["subscription", "account", "finished_at", "panel_count", "server_count", "finding_count"]
    list_select_related = ["account", "subscription"]
    search_fields = ["account__legal_name"]
    ordering = ["-finding_count", "-pk"]
    actions = ["compare"]

    @action(description=gettext_lazy("Comparar ahora"), permissions=["change"])
    def compare(self, request: HttpRequest, comparisons: QuerySet[Comparison]) -> None:
        actor = actor_of(request)
        done = _("%(count)s suscripciones se están comparando.")
        whole = comparisons.select_related("subscription__account")
        run_on_each(self, request, whole, lambda row: compare_now(actor=actor, subscription=row.subscription), done)


@admin.register(Finding)
class FindingAdmin(RecordAdmin):
    """Support forces what exceeds 30 % by ticking it here: each tick is a question asked of them."""

    list_display = ["address", "account", "thing", "kind", "shown", "opened_at", "resolved_at"]
    list_filter = ["thing", "kind", ("resolved_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account", "last_job"]
    search_fields = ["address__startswith", "account__legal_name"]
    ordering = ["-pk"]
    actions = ["repair", "adopt"]

    @admin.display(description=gettext_lazy("estado"))
    def shown(self, finding: Finding) -> Any:
        return shown_of_finding(finding).label

    @action(description=gettext_lazy("Reparar (el servidor queda como el panel)"), permissions=["change"])
    def repair(self, request: HttpRequest, findings: QuerySet[Finding]) -> None:
        self._decide(request, findings, Verb.REPAIR)

    @action(description=gettext_lazy("Adoptar (el panel queda como el servidor)"), permissions=["change"])
    def adopt(self, request: HttpRequest, findings: QuerySet[Finding]) -> None:
        self._decide(request, findings, Verb.ADOPT)

    def _decide(self, request: HttpRequest, findings: QuerySet[Finding], verb: Verb) -> None:
        actor = actor_of(request)
        by_subscription: dict[Subscription, list[UUID]] = {}
        for row in findings.select_related("subscription__account"):
            by_subscription.setdefault(row.subscription, []).append(row.public_id)

        def one(subscription: Subscription) -> None:
            choice = Choice(tuple(by_subscription[subscription]))
            begun, _refused = decide(actor=actor, subscription=subscription, verb=verb, choice=choice, is_forced=True)
            if not begun:
                raise BusinessError(_("Nada de lo marcado se puede resolver así."))

        done = _("Se están resolviendo las diferencias de %(count)s suscripciones.")
        run_on_each(self, request, by_subscription, one, done)


class MemberInline(RecordInline):
    model = ListMember
    fk_name = "list"
    fields = ["mailbox", "contact", "nested", "is_member", "is_owner"]


@admin.register(DistributionList)
class DistributionListAdmin(RecordAdmin):
    list_display = ["address", "name", "account", "member_count", "senders"]
    list_filter = ["senders", "last_job__state"]
    list_select_related = ["account"]
    search_fields = ["address__startswith", "account__legal_name"]
    ordering = ["-pk"]
    inlines = [MemberInline]


@admin.register(ExternalContact)
class ExternalContactAdmin(RecordAdmin):
    list_display = ["email", "name", "account"]
    list_select_related = ["account"]
    search_fields = ["email__startswith", "account__legal_name"]
    ordering = ["-pk"]


@admin.register(MailboxBatch)
class MailboxBatchAdmin(RecordAdmin):
    list_display = ["verb", "account", "asked_by", "total", "skipped", "failed", "created_at", "finished_at"]
    list_filter = ["verb"]
    list_select_related = ["account", "asked_by"]
    search_fields = ["account__legal_name"]
    ordering = ["-pk"]


@admin.register(MailboxImport)
class MailboxImportAdmin(RecordAdmin):
    """Files that customers import: how far each has come. The rows may hold people's data and are the customer's."""

    list_display = ["filename", "account", "stage", "row_count", "created", "not_created", "created_by", "created_at"]
    list_filter = ["stage", "source", "file_format"]
    list_select_related = ["account", "created_by"]
    search_fields = ["filename", "account__legal_name", "digest"]
    ordering = ["-pk"]
    exclude = ["hand"]

    @admin.display(description=gettext_lazy("creados"))
    def created(self, batch: MailboxImport) -> int:
        return batch.count(ImportRow.State.CREATED)

    @admin.display(description=gettext_lazy("sin crear"))
    def not_created(self, batch: MailboxImport) -> int:
        states = ImportRow.State
        return batch.count(states.WRONG, states.FAILED, states.CONFLICT, states.NO_ROOM)
