"""What the operations share: the gateway, the customer's name there, and who asked."""

from __future__ import annotations

from typing import cast

from accounts.actors import Actor
from accounts.models import Account, AccountContact
from billing.gateways.base import CardGateway, CustomerSpec
from billing.models import GatewayCustomer
from billing.services.methods import GATEWAY, keep_customer
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import ConfigurationError
from cloudpanel.provisioning.models import Job


def card_gateway() -> CardGateway:
    """ConfigurationError when the keys were taken away while jobs were waiting."""
    try:
        return cast("CardGateway", get_driver(GATEWAY))
    except KeyError as error:
        raise ConfigurationError("no keys for Stripe", provider=GATEWAY) from error


def customer_of(gateway: CardGateway, account: Account) -> str:
    """The account's name at the gateway, made when there is none (any more)."""
    known = GatewayCustomer.objects.filter(account=account, gateway=GATEWAY).first()
    old = known.ref if known else ""
    contact = AccountContact.objects.filter(account=account, kind=AccountContact.Kind.BILLING).first()
    spec = CustomerSpec(account.public_id, account.legal_name, contact.email if contact else "")
    ref = gateway.ensure_customer(spec, old)
    if ref != old:
        keep_customer(account, ref)
    return ref


def actor_of(job: Job) -> Actor:
    """Whoever asked for the job; the worker acts for them."""
    return Actor(user=job.requested_by, impersonator=job.on_behalf_by, origin="trabajador")
