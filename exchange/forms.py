"""What people type below /exchange/. The rules are the services': a form only puts their sentences beside its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError
from exchange.models import AutoReply, MailboxBatch, MailboxDraft, MailDomain
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.links import clean_link_email
from exchange.services.mailboxes import MAX_NAME, MAX_QUOTA_MB, clean_display_name, require_free
from exchange.services.passwords import MAX_LENGTH, clean_password
from exchange.services.prices import Rates
from exchange.sizes import readable_megabytes
from marketplace.models import Subscription


def checked(rule: Callable[..., Any], *values: Any) -> Any:
    """A service's rule as a form's."""
    try:
        return rule(*values)
    except BusinessError as refusal:
        raise ValidationError(refusal.user_message) from refusal


def password_field(label: Any, *, required: bool = True) -> forms.CharField:
    """One field with its strength shown; ``new-password`` keeps browsers from filling in somebody's own."""
    attributes = {
        "autocomplete": "new-password",
        "spellcheck": "false",
        "data-hx-post": reverse_lazy("exchange:password_strength"),
        "data-hx-trigger": "input changed delay:400ms",
        "data-hx-target": "#fuerza",
        "data-hx-swap": "innerHTML",
    }
    return forms.CharField(
        label=label,
        required=required,
        strip=False,
        max_length=MAX_LENGTH,
        widget=forms.PasswordInput(attrs=attributes, render_value=False),
        help_text=_("Diez caracteres o más; varias palabras poco comunes funcionan mejor que símbolos sueltos."),
    )


class DomainChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The active domains of a subscription, by public id, the default one first."""

    def __init__(self, subscription: Subscription, **options: Any) -> None:
        domains = subscription.mail_domains.filter(state=MailDomain.State.ACTIVE).order_by("-is_default", "name")
        options.setdefault("label", _("Dominio"))
        super().__init__(domains, to_field_name="public_id", empty_label=None, **options)

    def label_from_instance(self, obj: Any) -> str:
        return f"@{obj.readable_name}"


class ModeForm(forms.Form):
    mode = forms.ChoiceField(
        label=_("¿Para quién es el buzón?"),
        choices=MailboxDraft.Mode.choices,
        initial=MailboxDraft.Mode.NEW,
        widget=forms.RadioSelect,
        error_messages={"required": _("Elija una de las dos opciones.")},
    )


class DataForm(forms.Form):
    """The data step. ``has_password``: one was typed before; leaving the field empty keeps it."""

    display_name = forms.CharField(
        label=_("Nombre para mostrar"),
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Como lo verán quienes reciban su correo."),
    )
    local_part = forms.CharField(
        label=_("Inicio de sesión"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Lo que va antes de la arroba: letras sin acentos, números, punto, guion o guion bajo."),
    )
    password_by = forms.ChoiceField(
        label=_("Contraseña del buzón"),
        choices=MailboxDraft.PasswordBy.choices,
        initial=MailboxDraft.PasswordBy.TYPED,
        widget=forms.RadioSelect,
    )
    password = password_field(_("Contraseña"), required=False)
    link_email = forms.EmailField(
        label=_("Correo al que se envía el enlace"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("El enlace sirve una vez, durante 48 horas, y sale en cuanto el buzón esté listo."),
    )

    def __init__(self, *args: Any, subscription: Subscription, has_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_password = has_password
        self.fields["domain"] = DomainChoice(
            subscription, error_messages={"invalid_choice": _("Elija un dominio activo de esta suscripción.")}
        )
        for name in ("password", "link_email"):  # one of the two is asked for: neither is "optional"
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]
        self.order_fields(["display_name", "local_part", "domain", "password_by", "password", "link_email"])

    def clean_display_name(self) -> str:
        return str(checked(clean_display_name, self.cleaned_data["display_name"]))

    def clean_local_part(self) -> str:
        return str(checked(clean_local_part, self.cleaned_data["local_part"]))

    def clean_domain(self) -> MailDomain:
        """The address is complete here: the rules for the whole of it belong to the login."""
        domain: MailDomain = self.cleaned_data["domain"]
        if local_part := self.cleaned_data.get("local_part"):
            try:
                self.cleaned_data["address"] = join_address(local_part, domain.name)
                require_free(self.cleaned_data["address"])
            except BusinessError as refusal:
                self.add_error("local_part", refusal.user_message)
        return domain

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("password_by") == MailboxDraft.PasswordBy.LINK:
            if "link_email" not in self.errors:
                self._check("link_email", clean_link_email, data.get("link_email", ""), data.get("address", ""))
        elif data.get("password") or (not self.has_password and "password" not in self.errors):
            words = (data.get("display_name", ""), data.get("address", ""))
            self._check("password", clean_password, data.get("password", ""), *words)
        return data

    def _check(self, name: str, rule: Callable[..., Any], *values: Any) -> None:
        try:
            rule(*values)
        except BusinessError as refusal:
            self.add_error(name, refusal.user_message)


class TemplateChoiceForm(forms.Form):
    """``rates``: for whoever may see prices."""

    def __init__(self, *args: Any, subscription: Subscription, rates: Rates | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"] = TemplateChoice(
            subscription, rates, widget=forms.RadioSelect, label=_("Seleccione la plantilla del buzón")
        )


class TemplateChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, subscription: Subscription, rates: Rates | None = None, **options: Any) -> None:
        self.rates = rates
        templates = subscription.mailbox_templates.order_by("-is_default", "name")
        messages = {"required": _("Elija una plantilla."), "invalid_choice": _("Elija una plantilla de la lista.")}
        super().__init__(templates, to_field_name="public_id", empty_label=None, error_messages=messages, **options)

    def label_from_instance(self, obj: Any) -> str:
        label = f"{obj.name} ({readable_megabytes(obj.quota_mb)})"
        return f"{label} · {self.rates.in_words(obj)}" if self.rates is not None else label


class MailboxForm(forms.Form):
    """*Datos y límite* of an existing mailbox."""

    display_name = forms.CharField(label=_("Nombre para mostrar"), max_length=MAX_NAME)
    quota_mb = forms.IntegerField(
        label=_("Límite (MB)"),
        min_value=1,
        max_value=MAX_QUOTA_MB,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"] = TemplateChoice(subscription, label=_("Plantilla"), required=False)

    def clean_display_name(self) -> str:
        return str(checked(clean_display_name, self.cleaned_data["display_name"]))


class PasswordForm(forms.Form):
    password = password_field(_("Contraseña nueva"))

    def __init__(self, *args: Any, words: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words

    def clean_password(self) -> str:
        return str(checked(clean_password, self.cleaned_data["password"], *self.words))


class LinkForm(forms.Form):
    link_email = forms.EmailField(label=_("Correo al que se envía el enlace"), max_length=254)

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_link_email(self) -> str:
        return str(checked(clean_link_email, self.cleaned_data["link_email"], self.address))


class AliasForm(forms.Form):
    local_part = forms.CharField(
        label=_("Alias"), widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
    )

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"] = DomainChoice(subscription)

    def clean_local_part(self) -> str:
        return str(checked(clean_local_part, self.cleaned_data["local_part"]))


class DomainForm(forms.Form):
    name = forms.CharField(
        label=_("Dominio"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "inputmode": "url"}),
        help_text=_("Por ejemplo empresa.com.mx. Puede llevar acentos o ñ."),
    )

    def clean_name(self) -> str:
        return str(checked(clean_domain, self.cleaned_data["name"]))


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=80)
    quota_mb = forms.IntegerField(
        label=_("Tamaño de cada buzón (MB)"),
        min_value=1,
        max_value=MAX_QUOTA_MB,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("1024 MB son 1 GB. Los buzones que ya existen no cambian."),
    )
    allows_imap = forms.BooleanField(label=_("Permitir IMAP"), required=False, initial=True)
    allows_pop3 = forms.BooleanField(label=_("Permitir POP3"), required=False, initial=True)
    allows_smtp = forms.BooleanField(label=_("Permitir envío (SMTP)"), required=False, initial=True)
    is_default = forms.BooleanField(label=_("Usarla como plantilla predeterminada"), required=False)


class PermissionForm(forms.Form):
    """Who may do what with this mailbox."""

    address = forms.CharField(
        label=_("Buzón de quien recibe el permiso"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("La dirección de un buzón de esta suscripción. Si ya tiene permisos, se cambian por estos."),
    )
    is_full = forms.BooleanField(
        label=_("Acceso total"), required=False, help_text=_("Leer, mover y borrar todo lo que hay en el buzón.")
    )
    is_send_as = forms.BooleanField(
        label=_("Enviar como"),
        required=False,
        help_text=_("Quien recibe el correo ve solo la dirección de este buzón."),
    )
    is_send_on_behalf = forms.BooleanField(
        label=_("Enviar en nombre de"),
        required=False,
        help_text=_("Quien recibe el correo ve también quién lo envió de verdad."),
    )


class ForwardForm(forms.Form):
    target = forms.CharField(
        label=_("Reenviar a"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Una sola dirección. Para varias, cree una lista de distribución y reenvíe a ella."),
    )
    keeps_copy = forms.BooleanField(
        label=_("Conservar una copia en este buzón"), required=False, initial=True, help_text=_("Recomendado.")
    )
    confirms_external = forms.BooleanField(
        label=_("Entiendo que el correo sale de la empresa"),
        required=False,
        help_text=_("Hace falta solo si la dirección no es de uno de los dominios de esta suscripción."),
    )


def moment_field(label: Any, help_text: Any) -> forms.DateTimeField:
    """A day and an hour, in the account's time zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    wrong = {"invalid": _("Escriba el día y la hora, por ejemplo 2030-12-20T18:00.")}
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text, error_messages=wrong)


class AutoReplyForm(forms.Form):
    is_on = forms.BooleanField(label=_("Responder automáticamente"), required=False)
    subject = forms.CharField(
        label=_("Asunto"),
        max_length=200,
        required=False,
        help_text=_("Vacío: “Auto:” y el asunto del mensaje recibido."),
    )
    text = forms.CharField(
        label=_("Texto"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    audience = forms.ChoiceField(
        label=_("A quién se responde"),
        choices=AutoReply.Audience.choices,
        initial=AutoReply.Audience.EVERYONE,
        widget=forms.RadioSelect,
    )
    starts_at = moment_field(_("Desde"), _("Vacío: desde ahora."))
    ends_at = moment_field(_("Hasta"), _("Vacío: hasta que la apague."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].is_conditional = True  # type: ignore[attr-defined]


class ProtocolsForm(forms.Form):
    allows_imap = forms.BooleanField(
        label=_("IMAP"), required=False, help_text=_("Programas y teléfonos que dejan el correo en el servidor.")
    )
    allows_pop3 = forms.BooleanField(
        label=_("POP3"), required=False, help_text=_("Programas que bajan el correo a una sola computadora.")
    )
    allows_smtp = forms.BooleanField(
        label=_("Envío (SMTP)"), required=False, help_text=_("Enviar correo desde un programa o un equipo.")
    )


class BatchForm(forms.Form):
    """What a batch needs to know besides the mailboxes."""

    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, subscription: Subscription, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if verb == MailboxBatch.Verb.TEMPLATE:
            self.fields["template"] = TemplateChoice(subscription, label=_("Plantilla"), widget=forms.RadioSelect)
