"""Support's pages: the catalogue is edited and imported here; orders and subscriptions are read and moved."""

from marketplace.admin import catalogue, orders, prices, subscriptions

__all__ = ["catalogue", "orders", "prices", "subscriptions"]
