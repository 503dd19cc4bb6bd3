"""Everything remote that happens to mailboxes. ``Job.operation`` ``"exchange.<name>"`` is ``<name>`` here."""

from exchange.operations.addresses import ensure_alias, remove_alias, rename_mailbox
from exchange.operations.batches import watch_batch
from exchange.operations.deletion import delete_mailbox, purge_mailbox, restore_mailbox
from exchange.operations.domains import remove_domain, verify_domain
from exchange.operations.imported import create_imported
from exchange.operations.imports import alias_import, correct_import, import_mailboxes, undo_import, verify_import
from exchange.operations.links import send_password_link
from exchange.operations.lists import ensure_contact, ensure_list, remove_contact, remove_list
from exchange.operations.mailboxes import (
    create_mailbox,
    disable_mailbox,
    enable_mailbox,
    set_password,
    update_mailbox,
)
from exchange.operations.reconcile import compare_mailboxes, forget_mailbox, remove_unknown, repair_mailbox
from exchange.operations.repairing_lists import repair_thing
from exchange.operations.settings import apply_settings
from exchange.operations.usage import refresh_usage

__all__ = [
    "alias_import",
    "apply_settings",
    "compare_mailboxes",
    "correct_import",
    "create_imported",
    "create_mailbox",
    "delete_mailbox",
    "disable_mailbox",
    "enable_mailbox",
    "ensure_alias",
    "ensure_contact",
    "ensure_list",
    "forget_mailbox",
    "import_mailboxes",
    "purge_mailbox",
    "refresh_usage",
    "remove_alias",
    "remove_contact",
    "remove_domain",
    "remove_list",
    "remove_unknown",
    "rename_mailbox",
    "repair_mailbox",
    "repair_thing",
    "restore_mailbox",
    "send_password_link",
    "set_password",
    "undo_import",
    "update_mailbox",
    "verify_domain",
    "verify_import",
    "watch_batch",
]
