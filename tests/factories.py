"""The least that a row needs, everything else by name. Shared by all tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from accounts.models import Account, Membership, Role, User
from domains.models import Domain
from exchange.models import Mailbox, MailboxTemplate, MailDomain
from marketplace.models import (
    AddOn,
    BillingPeriod,
    Package,
    PackageLine,
    Plan,
    Price,
    PriceList,
    Product,
    ServiceFamily,
    Subscription,
    SubscriptionItem,
    SubscriptionResource,
    TermsVersion,
)

PASSWORD = "correcto caballo bateria grapa"


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    legal_name = factory.Sequence(lambda n: f"Cliente {n} SA de CV")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"persona{n}@empresa.example")
    name = factory.Sequence(lambda n: f"Persona {n}")

    @classmethod
    def _create(cls, model_class, *args, password=None, **kwargs):
        return model_class.objects.create_user(*args, password=password, **kwargs)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.ACCOUNT_ADMIN


class FamilyFactory(DjangoModelFactory):
    class Meta:
        model = ServiceFamily
        django_get_or_create = ("slug",)

    slug = "correo"
    name = "Correo y colaboración"


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product
        django_get_or_create = ("family", "slug")

    family = factory.SubFactory(FamilyFactory)
    slug = "exchange-administrado"
    name = "Exchange Administrado"
    kind = "exchange"
    is_charged_when_ready = True


class PriceListFactory(DjangoModelFactory):
    """The general list."""

    class Meta:
        model = PriceList
        django_get_or_create = ("code",)

    code = "general"
    name = "Precios generales"
    valid_from = date(2020, 1, 1)


class PriceFactory(DjangoModelFactory):
    class Meta:
        model = Price
        django_get_or_create = ("price_list", "plan", "add_on", "package", "period")

    price_list = factory.SubFactory(PriceListFactory)
    plan = None
    add_on = None
    package = None
    period = BillingPeriod.MONTHLY
    amount = Decimal("199.00")


class PricedFactory(DjangoModelFactory):
    """``price`` and ``setup_fee`` go into the general list, by month; they stay readable on the object made."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, price=None, setup_fee=Decimal("0.00"), **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        thing = {"plan": made} if isinstance(made, Plan) else {"add_on": made}
        found = PriceFactory(**thing, amount=price, setup_fee=setup_fee)
        made.price, made.setup_fee = found.amount, found.setup_fee
        return made


class PlanFactory(PricedFactory):
    class Meta:
        model = Plan
        django_get_or_create = ("product", "code")

    product = factory.SubFactory(ProductFactory)
    code = "basico"
    name = "Básico"
    price = Decimal("199.00")
    setup_fee = Decimal("50.00")
    resources = factory.LazyFunction(lambda: {"mailboxes": 10, "storage_gb": 50})


class AddOnFactory(PricedFactory):
    class Meta:
        model = AddOn
        django_get_or_create = ("product", "code")

    product = factory.SubFactory(ProductFactory)
    code = "buzones-extra"
    name = "Paquete de 5 buzones"
    resource = "mailboxes"
    quantity = 5
    price = Decimal("75.00")


class PackageFactory(DjangoModelFactory):
    """One service for each of ``plans`` (two of the usual plan), for one ``price`` by month."""

    class Meta:
        model = Package
        skip_postgeneration_save = True

    slug = "oficina-y-sucursal"
    name = "Oficina y sucursal"
    summary = "Dos servicios de correo."

    @factory.post_generation
    def plans(self, create, extracted, **kwargs):
        for number, plan in enumerate(extracted or [PlanFactory(), PlanFactory()], 1):
            PackageLine.objects.create(package=self, service=number, plan=plan)

    @factory.post_generation
    def price(self, create, extracted, **kwargs):
        PriceFactory(package=self, amount=extracted or Decimal("299.00"))


class TermsFactory(DjangoModelFactory):
    class Meta:
        model = TermsVersion
        django_get_or_create = ("slug", "version")

    slug = "servicios"
    version = "2026-01"
    title = "Términos y condiciones de los servicios"
    body = "Texto de los términos."


class SubscriptionFactory(DjangoModelFactory):
    """An active Exchange subscription with its resources."""

    class Meta:
        model = Subscription
        skip_postgeneration_save = True

    account = factory.SubFactory(AccountFactory)
    plan = factory.SubFactory(PlanFactory)
    product = factory.SelfAttribute("plan.product")
    kind = factory.SelfAttribute("plan.product.kind")
    name = "Exchange Administrado Básico"
    state = Subscription.State.ACTIVE
    price = factory.LazyAttribute(lambda made: getattr(made.plan, "price", Decimal("199.00")))

    @factory.post_generation
    def resources(self, create, extracted, **kwargs):
        for resource, included in (extracted or self.plan.resources).items():
            SubscriptionResource.objects.create(subscription=self, resource=resource, included=included)

    @factory.post_generation
    def items(self, create, extracted, **kwargs):
        SubscriptionItem.objects.create(
            subscription=self, plan=self.plan, description=str(self.plan), unit_price=self.price
        )


class DomainFactory(DjangoModelFactory):
    """Held elsewhere and proved."""

    class Meta:
        model = Domain

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"dominio{n}.example")
    kind = Domain.Kind.EXTERNAL
    state = Domain.State.ACTIVE


class MailDomainFactory(DjangoModelFactory):
    class Meta:
        model = MailDomain

    subscription = factory.SubFactory(SubscriptionFactory)
    account = factory.SelfAttribute("subscription.account")
    name = factory.Sequence(lambda n: f"empresa{n}.example")
    state = MailDomain.State.ACTIVE
    is_default = True


class MailboxTemplateFactory(DjangoModelFactory):
    class Meta:
        model = MailboxTemplate

    subscription = factory.SubFactory(SubscriptionFactory)
    account = factory.SelfAttribute("subscription.account")
    name = factory.Sequence(lambda n: f"Plantilla {n}")


class MailboxFactory(DjangoModelFactory):
    class Meta:
        model = Mailbox

    mail_domain = factory.SubFactory(MailDomainFactory)
    subscription = factory.SelfAttribute("mail_domain.subscription")
    account = factory.SelfAttribute("subscription.account")
    display_name = factory.Sequence(lambda n: f"Buzón {n}")
    address = factory.LazyAttributeSequence(lambda o, n: f"buzon{n}@{o.mail_domain.name}")
    quota_mb = 5120
    state = Mailbox.State.ACTIVE
