"""Bank transfers (SPEI): the customer sends the money, the bank's list of movements says that it came.

There is nobody to call: charging means telling the customer where to send it, and sending back is done by people.
"""

from __future__ import annotations

from billing.gateways.base import Charge, ChargeRequest, ChargeState, Gateway, RefundAnswer, RefundRequest, RefundState
from cloudpanel.core.clabe import is_clabe
from cloudpanel.provisioning.errors import ConfigurationError

PROVIDER = "spei"


class TransferGateway(Gateway):
    """``clabe``: 18 digits of the account that receives (Banco de México, circular 14/2017)."""

    name = PROVIDER

    def __init__(self, clabe: str, bank: str) -> None:
        self.clabe, self.bank = clabe, bank

    def prepare_charge(self, request: ChargeRequest) -> Charge:
        """The invoice's reference names the charge: asking twice for the same money gives the same reference."""
        if not is_clabe(self.clabe):
            raise ConfigurationError("TRANSFER_CLABE is not a CLABE", provider=PROVIDER)
        return Charge(request.reference, ChargeState.AWAITED)

    def confirm_charge(self, ref: str, request: ChargeRequest) -> Charge:
        return self.prepare_charge(request)

    def read_charge(self, ref: str) -> Charge:
        return Charge(ref, ChargeState.AWAITED)

    def cancel_charge(self, ref: str) -> Charge:
        """Nobody can stop a customer from sending money; what arrives is theirs, as *saldo a favor*."""
        return Charge(ref, ChargeState.CANCELLED)

    def refund(self, request: RefundRequest) -> RefundAnswer:
        return RefundAnswer("", RefundState.BY_HAND)
