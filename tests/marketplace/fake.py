"""A kind of service without any remote side: remembers what it was asked, and fails when a test says so."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import ngettext_lazy

from accounts.actors import Actor
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.operations import Result
from marketplace.lifecycle import ResourceWords
from marketplace.models import Subscription


class FakeLifecycle:
    label = "Exchange Administrado"
    description = "Buzones de correo empresariales."
    icon = "mail"
    driver = ""
    resources = {
        "mailboxes": ResourceWords("Buzones", ngettext_lazy("%(count)s buzón", "%(count)s buzones", "count")),
        "storage_gb": ResourceWords("Almacenamiento", ngettext_lazy("%(count)s GB", "%(count)s GB", "count")),
    }

    calls: list[tuple[str, object]] = []
    failure: Exception | None = None
    failure_of: int | None = None  # the one subscription whose work fails

    @classmethod
    def reset(cls) -> None:
        cls.calls, cls.failure, cls.failure_of = [], None, None

    def _remote(self, verb: str, given: object = None) -> Result:
        self.calls.append((verb, given))
        if self.failure:
            raise self.failure
        return Result(provider_ref=f"fake:{verb}")

    def prepare(self, subscription: Subscription, *, actor: Actor) -> None:
        self.calls.append(("prepare", subscription.pk))

    def activate(self, subscription: Subscription) -> Result:
        if subscription.pk == self.failure_of:
            self.calls.append(("activate", None))
            raise PermanentError("No.")
        return self._remote("activate")

    def activated(self, subscription: Subscription) -> None:
        self.calls.append(("activated", subscription.state))

    def change(self, subscription: Subscription, included: Mapping[str, int]) -> Result:
        return self._remote("change", dict(included))

    def changed(self, subscription: Subscription) -> None:
        self.calls.append(("changed", None))

    def suspend(self, subscription: Subscription) -> Result:
        return self._remote("suspend")

    def resume(self, subscription: Subscription) -> Result:
        return self._remote("resume")

    def terminate(self, subscription: Subscription) -> Result:
        return self._remote("terminate")

    def terminated(self, subscription: Subscription) -> None:
        self.calls.append(("terminated", None))

    def panel_url(self, subscription: Subscription) -> str:
        return f"/exchange/{subscription.public_id}/"
