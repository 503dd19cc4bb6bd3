"""Hosted mailboxes. A row's ``state`` is its commercial life; what is going on right now is its ``last_job``."""

from exchange.models.domains import MailboxTemplate, MailDomain
from exchange.models.drafts import MailboxDraft, PasswordLink
from exchange.models.findings import Comparison, Finding, FindingQuerySet
from exchange.models.imports import ImportFile, ImportProblem, ImportRow, MailboxImport
from exchange.models.mailboxes import Mailbox, MailboxAlias, MailboxQuerySet
from exchange.models.owned import OwnedQuerySet

__all__ = [
    "Comparison",
    "Finding",
    "FindingQuerySet",
    "ImportFile",
    "ImportProblem",
    "ImportRow",
    "MailDomain",
    "Mailbox",
    "MailboxAlias",
    "MailboxDraft",
    "MailboxImport",
    "MailboxQuerySet",
    "MailboxTemplate",
    "OwnedQuerySet",
    "PasswordLink",
]
