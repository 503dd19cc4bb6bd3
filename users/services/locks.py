"""Changes of who may do what in one account happen one after the other."""

from __future__ import annotations

from accounts.models import Account


def lock_account(account: Account | int) -> None:
    """Holds the account until the end of the transaction. Does not stop rows that merely refer to it."""
    pk = account.pk if isinstance(account, Account) else account
    Account.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
