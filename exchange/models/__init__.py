"""Hosted mailboxes. A row's ``state`` is its commercial life; what is going on right now is its ``last_job``."""

from exchange.models.batches import BatchItem, MailboxBatch
from exchange.models.domains import MailboxTemplate, MailDomain
from exchange.models.drafts import MailboxDraft, PasswordLink
from exchange.models.findings import Comparison, Finding, FindingQuerySet
from exchange.models.imports import ImportAlias, ImportFile, ImportProblem, ImportRow, MailboxImport
from exchange.models.mailboxes import Mailbox, MailboxAlias, MailboxQuerySet
from exchange.models.sharing import AutoReply, DistributionList, ExternalContact, ListMember, MailboxGrant

__all__ = [
    "AutoReply",
    "BatchItem",
    "Comparison",
    "DistributionList",
    "ExternalContact",
    "Finding",
    "FindingQuerySet",
    "ImportAlias",
    "ImportFile",
    "ImportProblem",
    "ImportRow",
    "ListMember",
    "MailDomain",
    "Mailbox",
    "MailboxAlias",
    "MailboxBatch",
    "MailboxDraft",
    "MailboxGrant",
    "MailboxImport",
    "MailboxQuerySet",
    "MailboxTemplate",
    "PasswordLink",
]
