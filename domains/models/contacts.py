"""In whose name a domain is registered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from cloudpanel.core.models import PublicModel


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, membership: Membership) -> ContactQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()


class Contact(PublicModel):
    """*Titular*: a person or company, as the registries want it (RFC 5733). Used again for further domains.

    ``country`` is ISO 3166-1 alpha-2; ``phone`` is E.164 (``+525512345678``)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    name = models.CharField(_("nombre"), max_length=120)
    organisation = models.CharField(_("empresa"), max_length=150, blank=True)
    email = models.CharField(_("correo electrónico"), max_length=254)
    phone = models.CharField(_("teléfono"), max_length=20)
    street = models.CharField(_("calle y número"), max_length=200)
    city = models.CharField(_("ciudad"), max_length=100)
    state = models.CharField(_("estado o provincia"), max_length=100, blank=True)
    postal_code = models.CharField(_("código postal"), max_length=16)
    country = models.CharField(_("país"), max_length=2, default="MX")

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("titular")
        verbose_name_plural = _("titulares")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.name})" if self.organisation else self.name
