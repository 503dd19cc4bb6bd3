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
from marketplace.models.changes import SubscriptionChange
from marketplace.models.dunning import Dunning
from marketplace.models.orders import Order, OrderItem, OrderLine, OrderQuerySet, PaymentState
from marketplace.models.owned import OwnedQuerySet
from marketplace.models.packages import Package, PackageLine, PackageQuerySet
from marketplace.models.prices import Price, PriceList, PriceListQuerySet
from marketplace.models.promotions import Coupon, CouponQuerySet, SubscriptionDiscount
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
    "Coupon",
    "CouponQuerySet",
    "Dunning",
    "Order",
    "OrderItem",
    "OrderLine",
    "OrderQuerySet",
    "OwnedQuerySet",
    "Package",
    "PackageLine",
    "PackageQuerySet",
    "PaymentState",
    "Plan",
    "Price",
    "PriceList",
    "PriceListQuerySet",
    "Product",
    "ProductQuerySet",
    "ServiceDelegation",
    "ServiceDelegationQuerySet",
    "ServiceFamily",
    "ServiceFamilyQuerySet",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionDiscount",
    "SubscriptionItem",
    "SubscriptionQuerySet",
    "SubscriptionResource",
    "TermsVersion",
    "validate_resources",
]
