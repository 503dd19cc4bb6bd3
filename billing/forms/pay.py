"""Which card pays. The token makes one click of two."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import PaymentMethod


class CardForm(forms.Form):
    method = forms.ChoiceField(
        label=_("Tarjeta"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Elija una tarjeta."),
            "invalid_choice": _("Esa tarjeta ya no está. Elija otra."),
        },
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, cards: list[PaymentMethod], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cards = {str(card.public_id): card for card in cards if not card.is_expired}
        choices = [(key, f"{card} · {card.expiry_text}") for key, card in self.cards.items()]
        self.fields["method"].choices = choices  # type: ignore[attr-defined]
        self.initial.setdefault("token", uuid.uuid4())
        if choices:
            self.initial.setdefault("method", choices[0][0])

    @property
    def card(self) -> PaymentMethod:
        return self.cards[self.cleaned_data["method"]]
