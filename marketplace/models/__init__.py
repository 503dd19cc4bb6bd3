"""The catalogue (family → product → plan, add-on), the order, and what it leaves behind: the subscription."""

from marketplace.models.catalogue import (
    AddOn,
    BillingPeriod,
    Plan,
    Product,
    ProductQuerySet,
    ServiceFamily,
    ServiceFamilyQuerySet,
    TermsVersion,
    validate_resources,
)
from marketplace.models.orders import Order, OrderLine, OrderQuerySet
from marketplace.models.subscriptions import (
    ServiceDelegation,
    ServiceDelegationQuerySet,
    Subscription,
    SubscriptionItem,
    SubscriptionQuerySet,
    SubscriptionResource,
)

__all__ = [
    "AddOn",
    "BillingPeriod",
    "Order",
    "OrderLine",
    "OrderQuerySet",
    "Plan",
    "Product",
    "ProductQuerySet",
    "ServiceDelegation",
    "ServiceDelegationQuerySet",
    "ServiceFamily",
    "ServiceFamilyQuerySet",
    "Subscription",
    "SubscriptionItem",
    "SubscriptionQuerySet",
    "SubscriptionResource",
    "TermsVersion",
    "validate_resources",
]
