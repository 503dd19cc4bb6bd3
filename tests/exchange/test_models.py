"""What the tables promise by themselves."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from exchange.models import Mailbox
from tests.factories import MailboxFactory, MailDomainFactory, UserFactory


def test_an_address_belongs_to_one_mailbox_also_while_it_lies_in_the_bin(db):
    box = MailboxFactory(address="ana@x.example", deleted_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        MailboxFactory(mail_domain=box.mail_domain, address="ana@x.example")
    Mailbox.objects.filter(pk=box.pk).update(state=Mailbox.State.TERMINATED)
    MailboxFactory(mail_domain=box.mail_domain, address="ana@x.example")


def test_a_person_has_one_listed_mailbox_in_an_account(db):
    box = MailboxFactory(user=UserFactory())
    with pytest.raises(IntegrityError), transaction.atomic():
        MailboxFactory(mail_domain=box.mail_domain, user=box.user)
    Mailbox.objects.filter(pk=box.pk).update(deleted_at=timezone.now())
    MailboxFactory(mail_domain=box.mail_domain, user=box.user)


def test_search_text_has_no_accents_and_no_capitals(db):
    box = MailboxFactory(display_name="María Ñandú ÉXITO", address="maria@x.example")
    box.refresh_from_db()
    assert box.search_text == "maria nandu exito maria@x.example"


def test_international_domains_are_shown_readable(db):
    assert str(MailDomainFactory(name="xn--espaa-rta.example")) == "españa.example"
