"""Service users: the people to whom mailboxes belong."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, Membership, Role, User
from accounts.services.people import new_person
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox
from exchange.services.linked_rows import id_of


def people_without_mailbox(account: Account) -> QuerySet[Membership]:
    """The account's enabled service users who have no mailbox; one that lies in the bin does not count."""
    theirs = Mailbox.objects.listed().filter(account=account, user=OuterRef("user"))
    return Membership.objects.filter(
        ~Exists(theirs), account=account, role=Role.SERVICE_USER, is_active=True, user__is_active=True
    )


def new_service_user(*, account: Account, email: str, name: str) -> tuple[User, Membership]:
    """A person who may use services of ``account`` and signs in with ``email`` once invited and activated. Unsaved: the
    caller inserts both with what the person gets, as ``person`` and whatever follows it (:mod:`linked_rows`), and logs it.

    Unlike ``users.services.people`` it knows nobody of other accounts: an address that somebody already signs in with is
    an IntegrityError of ``user_email_unique``, see :func:`exchange.services.conflicts.conflicts_in_words`.
    """
    user = new_person(email=email, name=name, language=account.language)
    member = Membership(account=account, role=Role.SERVICE_USER, name=name, email=email, is_pending=True)
    member.user_id = id_of("person")
    return user, member


def require_without_mailbox(account: Account, user: User) -> User:
    """``user`` when they may get a mailbox of ``account``; BusinessError when somebody was faster."""
    if not people_without_mailbox(account).filter(user=user).exists():
        raise BusinessError(
            _("Esta persona ya tiene un buzón o dejó de ser usuario de servicio. Elija a otra."),
            field="user",
            code="taken",
        )
    return user
