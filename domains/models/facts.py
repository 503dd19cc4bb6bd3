"""What the world says of a domain: who holds it (RDAP, WHOIS), and whether its DNS is as our services need it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from domains.models.domains import Domain


class RegistryFacts(models.Model):
    """What RDAP or WHOIS told last of a domain that others hold, or that is on its way here.

    ``standing`` is that of the last answer that was understood (registered, free; empty before the first one), as of
    ``found_at``; ``reason`` is why the newest question, at ``asked_at``, brought nothing, for support."""

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="facts", verbose_name=_("dominio"))
    standing = models.CharField(_("situación"), max_length=10, blank=True)
    source = models.CharField(_("fuente"), max_length=10, blank=True)  # rdap, whois
    registrar = models.CharField(_("registrador"), max_length=200, blank=True)
    statuses = models.JSONField(_("estados"), default=list, blank=True)
    nameservers = models.JSONField(_("servidores de nombres"), default=list, blank=True)
    registered_at = models.DateTimeField(_("registrado"), null=True, blank=True)
    expires_at = models.DateTimeField(_("vence"), null=True, blank=True)
    found_at = models.DateTimeField(_("visto"), null=True, blank=True)
    asked_at = models.DateTimeField(_("preguntado"), null=True, blank=True)
    ask_again_at = models.DateTimeField(_("siguiente consulta"), null=True, blank=True)
    reason = models.CharField(_("por qué no se sabe"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("datos del registro")
        verbose_name_plural = _("datos del registro")
        indexes = [models.Index(fields=["ask_again_at"], name="facts_to_ask")]

    def __str__(self) -> str:
        return str(self.domain)


class Checkup(models.Model):
    """The domain doctor's last look. ``findings``: for each part of the DNS ``{"code", "verdict", "seen", "note", "since"}``
    (domains.diagnosis)."""

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="checkup", verbose_name=_("dominio"))
    findings = models.JSONField(_("hallazgos"), default=list, blank=True)
    checked_at = models.DateTimeField(_("revisado"), null=True, blank=True)
    check_again_at = models.DateTimeField(_("siguiente revisión"), null=True, blank=True)

    class Meta:
        verbose_name = _("revisión de un dominio")
        verbose_name_plural = _("revisiones de dominios")
        indexes = [models.Index(fields=["check_again_at"], name="checkup_due")]

    def __str__(self) -> str:
        return str(self.domain)
