"""*Encontrar dominio*: what somebody looked for, and what the registries said."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.domain_names import readable
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job


class DomainSearchQuerySet(models.QuerySet["DomainSearch"]):
    def visible_to(self, membership: Membership) -> DomainSearchQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()


class DomainSearch(PublicModel):
    """One question to all registries; forgotten after a day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("cuenta"))
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(_("búsqueda"), max_length=253)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DomainSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("búsqueda de dominio")
        verbose_name_plural = _("búsquedas de dominio")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], name="domain_search_by_age")]

    def __str__(self) -> str:
        return self.text


class SearchedName(models.Model):
    """One name of a search. ``WAITING`` until its registry has answered; ``UNKNOWN`` is an answer too."""

    class Answer(models.TextChoices):
        WAITING = "waiting", _("Consultando")
        FREE = "free", _("Disponible")
        TAKEN = "taken", _("Ocupado")
        UNKNOWN = "unknown", _("No se sabe")

    search = models.ForeignKey(DomainSearch, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=253)  # A-labels
    ending = models.CharField(max_length=100)
    registry = models.CharField(max_length=40)
    is_alternative = models.BooleanField(default=False)
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.WAITING)
    note = models.CharField(max_length=200, blank=True)  # why it is not known, in Spanish

    class Meta:
        verbose_name = _("nombre buscado")
        verbose_name_plural = _("nombres buscados")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["search", "name"], name="searched_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def readable_name(self) -> str:
        return readable(self.name)
