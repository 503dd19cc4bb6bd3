"""Bank transfers: where the money is to be sent."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from billing.gateways.base import ChargeRequest, ChargeState, RefundRequest, RefundState
from billing.gateways.transfer import TransferGateway
from cloudpanel.core.clabe import check_digit, is_clabe
from cloudpanel.provisioning.errors import ConfigurationError

REQUEST = ChargeRequest(uuid.uuid4(), Decimal("1160.00"), "MXN", reference="00000010017")


def test_charging_means_waiting_for_the_money():
    gateway = TransferGateway("646180000000000009", "STP")
    charge = gateway.prepare_charge(REQUEST)
    assert (charge.ref, charge.state) == ("00000010017", ChargeState.AWAITED)
    assert gateway.confirm_charge(charge.ref, REQUEST) == gateway.read_charge(charge.ref) == charge


def test_people_send_it_back():
    refund = RefundRequest(uuid.uuid4(), "00000010017", Decimal("1.00"), "MXN")
    assert TransferGateway("646180000000000009", "STP").refund(refund).state == RefundState.BY_HAND


def test_a_clabe_with_a_wrong_digit_takes_no_money():
    with pytest.raises(ConfigurationError):
        TransferGateway("646180000000000007", "STP").prepare_charge(REQUEST)


def test_every_single_wrong_digit_of_a_clabe_is_noticed():
    good = "032180000118359719"
    assert is_clabe(good)
    wrong = [good[:i] + str((int(good[i]) + step) % 10) + good[i + 1 :] for i in range(18) for step in range(1, 10)]
    assert not any(is_clabe(each) for each in wrong)


@pytest.mark.parametrize("text", ["", "1", "6461800000000000090", "64618000000000000９", "64618000000000000a"])
def test_what_is_no_clabe_is_none(text):
    assert not is_clabe(text)


def test_the_check_digit_follows_the_circular():
    assert check_digit("64618000000000000") == 9
