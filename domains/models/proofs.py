"""Whose a domain held elsewhere is: what its DNS should say, and what was seen there last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from domains.models.domains import Domain


class OwnershipProof(models.Model):
    """One for each domain that a customer claims. The token is the domain's, so another account needs another record;
    it cannot be guessed, because a wildcard record answers for every name.

    ``answers``: for each server asked ``{"server", "is_authority", "txt": {"note", "values", "alias", "is_ours"}, "cname": …}``
    (domains.drivers.observer). ``seen_since`` is when they were first as they are now. A domain may change hands, so what was
    proved once is looked at again: ``lost_since`` is since when the record is certainly no longer there.
    """

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="proof", verbose_name=_("dominio"))
    outcome = models.CharField(_("resultado de la comprobación"), max_length=20, blank=True)
    answers = models.JSONField(_("respuestas"), default=list, blank=True)
    proved_by = models.CharField(_("comprobado por"), max_length=5, blank=True)  # txt, cname
    seen_since = models.DateTimeField(_("así desde"), null=True, blank=True)
    checked_at = models.DateTimeField(_("última comprobación"), null=True, blank=True)
    check_again_at = models.DateTimeField(_("siguiente comprobación"), null=True, blank=True)
    lost_since = models.DateTimeField(_("sin el registro desde"), null=True, blank=True)

    class Meta:
        verbose_name = _("prueba de propiedad")
        verbose_name_plural = _("pruebas de propiedad")
        indexes = [models.Index(fields=["check_again_at"], name="proof_due")]

    def __str__(self) -> str:
        return str(self.domain)

    @property
    def txt_host(self) -> str:
        return f"_panel.{self.domain.name}"

    @property
    def txt_value(self) -> str:
        return f"panel-verificacion={self.domain.verification_token.hex}"

    @property
    def cname_host(self) -> str:
        """Another host than the TXT's: beside a CNAME nothing else may stand (RFC 1034, section 3.6.2)."""
        return f"_panel-cname.{self.domain.name}"

    @property
    def cname_value(self) -> str:
        """Nothing has to be at this name; it is only compared."""
        return f"{self.domain.verification_token.hex}.{settings.DOMAIN_PROOF_TARGET}"
