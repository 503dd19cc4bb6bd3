"""``insert_rows`` writes what ``save`` would."""

from __future__ import annotations

import pytest

from accounts.action_log import build_entry
from accounts.actors import SYSTEM
from accounts.log_macs import CONTENT_FIELDS, is_mac_of
from accounts.models import Account, ActionLogEntry
from cloudpanel.core.bulk import insert_rows

pytestmark = pytest.mark.django_db


def test_text_of_any_kind_arrives_as_it_was():
    names = ["Compañía Ñandú", 'con "comillas" y \\ barra', "línea\nnueva", "株式会社", "%s {} $1"]
    insert_rows([Account(legal_name=name) for name in names])
    assert list(Account.objects.order_by("pk").values_list("legal_name", flat=True)) == names


def test_a_given_number_is_kept():
    insert_rows([Account(pk=987_654, legal_name="Uno")])
    assert Account.objects.get().pk == 987_654


def test_lines_of_the_action_log_prove_themselves(account):
    insert_rows(
        [build_entry(actor=SYSTEM, account=account, action="marketplace.subscription.renewed", after={"total": "1.00"})]
    )
    entry = ActionLogEntry.objects.get()
    assert is_mac_of(entry.mac, [getattr(entry, name) for name in CONTENT_FIELDS])
    assert entry.written_in


def test_nothing_is_nothing():
    insert_rows([])
