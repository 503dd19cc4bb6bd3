"""One account with everything that an address can name, the people who try, and a stranger next door."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.actors import SYSTEM
from accounts.models import Notification, Role
from billing.models import CardSetup, Payment, PaymentMethod
from billing.services.crediting import credit_invoice
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from cloudpanel.core.crypto import seal
from domains.models import DomainFinding, Zone, ZoneRecord, ZoneVersion
from exchange.models import DistributionList, ExternalContact, MailboxAlias, MailboxBatch, MailboxDraft, MailboxImport
from marketplace.models import Order, OrderItem
from tests.conftest import signed_in
from tests.factories import (
    AccountFactory,
    DomainFactory,
    MailboxFactory,
    MailboxTemplateFactory,
    MailDomainFactory,
    MembershipFactory,
    PackageFactory,
    SubscriptionFactory,
    TermsFactory,
    UserFactory,
)
from users.models import AccessRequest, UserUpload

PEOPLE = ("visitor", "admin", "delegate", "outsider", "service", "stranger")


@dataclass
class World:
    """``sessions``: cookies of those who try. ``things``: what the parts of an address mean."""

    sessions: dict[str, str]
    things: dict[str, Any] = field(default_factory=dict)

    def client_of(self, person: str) -> Client:
        """A fresh browser each time: signing out in one line must not change the next."""
        client = Client()
        if person in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client

    def address(self, route: str) -> str:
        """The route with the ids of this world: ``usuarios/<uuid:public_id>/`` → ``/usuarios/3f…/``."""
        address = route
        for part, thing in self.things.items():
            address = address.replace(part, str(getattr(thing, "public_id", thing)))
        return f"/{address}"


def build_world() -> World:
    account, other = AccountFactory(legal_name="Empresa Demo"), AccountFactory(legal_name="Otra Empresa")

    def person(of: Any, role: Role) -> Any:
        return MembershipFactory(account=of, role=role, user=UserFactory(password="x"))

    admin, delegate, outsider, service, target = (
        person(account, role)
        for role in (Role.ACCOUNT_ADMIN, Role.DELEGATE, Role.DELEGATE, Role.SERVICE_USER, Role.ACCOUNT_ADMIN)
    )
    subscription = SubscriptionFactory(account=account)
    delegate.user.delegations.create(subscription=subscription)
    domain = MailDomainFactory(subscription=subscription)
    held = DomainFactory(account=account, subscription=subscription)
    mailbox = MailboxFactory(mail_domain=domain, user=service.user)
    alias = MailboxAlias.objects.create(
        account=account,
        subscription=subscription,
        mailbox=mailbox,
        mail_domain=domain,
        address=f"alias@{domain.name}",
    )
    many = MailboxBatch.objects.create(
        account=account, subscription=subscription, verb=MailboxBatch.Verb.ENABLE, token=uuid.uuid4()
    )
    contact = ExternalContact.objects.create(
        account=account, subscription=subscription, name="Proveedor", email="ventas@proveedor.example"
    )
    distribution = DistributionList.objects.create(
        account=account, subscription=subscription, mail_domain=domain, name="Todos", address=f"todos@{domain.name}"
    )
    draft = MailboxDraft.objects.create(account=account, subscription=subscription, owner=admin.user)
    batch = MailboxImport.objects.create(
        account=account, subscription=subscription, filename="a.csv", file_format="csv"
    )
    people = {
        "admin": admin,
        "delegate": delegate,
        "outsider": outsider,
        "service": service,
        "stranger": person(other, Role.ACCOUNT_ADMIN),
    }
    sessions = {name: signed_in(member.user).session.session_key or "" for name, member in people.items()}
    things: dict[str, Any] = {
        "usuarios/solicitudes/<uuid:public_id>": _inside(
            "usuarios/solicitudes", AccessRequest.objects.create(account=account, user=outsider.user)
        ),
        "usuarios/<uuid:public_id>": _inside("usuarios", target),
        "notificaciones/<uuid:public_id>": _inside(
            "notificaciones", Notification.objects.create(account=account, user=admin.user, title="Aviso", url="/")
        ),
        "<uuid:upload>": UserUpload.objects.create(
            account=account, filename="p.csv", sealed=seal(b"Nombre,Correo\nAna,ana@x.example")
        ),
        "exchange/<uuid:subscription>/dominios/<uuid:domain>": _inside(
            f"exchange/{subscription.public_id}/dominios", domain
        ),
        "<uuid:record>": _dns_record(held),
        "<slug:kind>": "a",
        "dominios/<uuid:domain>": _inside("dominios", held),
        "<int:finding>": DomainFinding.objects.create(domain=held, kind="lock").pk,
        "<uuid:subscription>": subscription,
        "<uuid:mailbox>": mailbox,
        "<uuid:alias>": alias,
        "<uuid:domain>": domain,
        "<uuid:template>": MailboxTemplateFactory(subscription=subscription),
        "<uuid:draft>": draft,
        "<slug:file_format>": "csv",
        "lotes/<uuid:batch>": _inside("lotes", many),
        "<uuid:batch>": batch,
        "<str:verb>": "habilitar",
        "<int:number>": 2,
        "<uuid:grantee>": mailbox,
        "<uuid:list_id>": distribution,
        "<uuid:contact>": contact,
        "<int:member>": 1,
        "<str:role>": "integrante",
        "<uuid:order>": _order(account, subscription),
        **_money(account),
        "<slug:package>": PackageFactory(plans=[subscription.plan]).slug,
        "<slug:family>": subscription.product.family.slug,
        "<slug:service>": subscription.product.slug,
        "terminos/<slug:slug>/<str:version>": f"terminos/{TermsFactory().slug}/{TermsFactory().version}",
        "<slug:topic>": "inicio",
        "<str:file_format>": "csv",
        "<str:token>": "un-enlace-que-nunca-existio",
        "<int:index>": 0,
        "<int:pk>": 1,
        "<uuid:public_id>": uuid.uuid4(),
        "^recuperar/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "recuperar/1-set-password/",
    }
    return World(sessions, things)


def _money(account: Any) -> dict[str, Any]:
    """An invoice that is owed, a payment of it that failed, a card, and one that is being added."""
    invoice = issue_invoice(
        actor=SYSTEM, account=account, source="test:1", lines=[LineData("Correo", Decimal(10))], concept="Correo"
    )
    payment = Payment.objects.create(
        account=account, invoice=invoice, amount=invoice.total, method=Payment.Method.CARD, state=Payment.State.FAILED
    )
    lines = [LineData("Ajuste", Decimal(1))]
    note = credit_invoice(actor=SYSTEM, invoice=invoice, lines=lines, reason="Ajuste", source="test:1")
    return {
        "<uuid:invoice>": invoice,
        "<uuid:note>": note,
        "<uuid:payment>": payment,
        "<uuid:method>": PaymentMethod.objects.create(
            account=account, gateway_ref="pm_1", last4="4242", exp_month=12, exp_year=2034
        ),
        "<uuid:setup>": CardSetup.objects.create(account=account, state=CardSetup.State.FAILED),
    }


def _order(account: Any, subscription: Any) -> Order:
    amount = Decimal("10.00")
    order = Order.objects.create(
        number=1,
        account=account,
        token=uuid.uuid4(),
        description="Pedido",
        subtotal=amount,
        tax_rate=Decimal("0.1600"),
        tax=Decimal("1.60"),
        total=Decimal("11.60"),
        recurring_total=Decimal("11.60"),
        terms=TermsFactory(),
        terms_accepted_by="Ana",
    )
    OrderItem.objects.create(order=order, subscription=subscription)
    return order


def _dns_record(domain: Any) -> ZoneRecord:
    """A record of the domain's zone, which has two versions."""
    zone = Zone.objects.create(account=domain.account, domain=domain, name=domain.name, version=2)
    ZoneVersion.objects.create(zone=zone, number=2, author="Ana")
    return ZoneRecord.objects.create(zone=zone, name="www", kind="A", value="192.0.2.1")


def _inside(prefix: str, thing: Any) -> str:
    return f"{prefix}/{thing.public_id}"
