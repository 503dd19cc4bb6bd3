"""*Plantillas del buzón*: what new mailboxes look like. Mailboxes that exist are not touched by a change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox, MailboxTemplate
from exchange.services.capacity import MAILBOXES, MB_PER_GB, STORAGE_GB
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import MAX_QUOTA_MB, require_open
from marketplace.models import Subscription

MAX_TEMPLATES = 50
MAX_NAME = 80
USUAL_QUOTA_MB = 5 * MB_PER_GB


@dataclass(frozen=True, slots=True)
class TemplateData:
    name: str
    quota_mb: int
    allows_imap: bool = True
    allows_pop3: bool = True
    allows_smtp: bool = True
    is_default: bool = False


def has_choice(subscription: Subscription) -> bool:
    """Screens speak of templates only when there are two to choose from."""
    return len(subscription.mailbox_templates.values("pk")[:2]) > 1


def create_template(*, actor: Actor, subscription: Subscription, data: TemplateData) -> MailboxTemplate:
    with conflicts_in_words(), transaction.atomic():
        require_open(subscription)
        data = _checked(data)
        if subscription.mailbox_templates.count() >= MAX_TEMPLATES:
            raise BusinessError(_("Una suscripción puede tener 50 plantillas como máximo."))
        if data.is_default:
            subscription.mailbox_templates.update(is_default=False)
        template = MailboxTemplate.objects.create(
            account=subscription.account, subscription=subscription, **asdict(data)
        )
        _log(actor, template, "created", after=asdict(data))
        return template


def update_template(*, actor: Actor, template: MailboxTemplate, data: TemplateData) -> None:
    """The default one stays it until another one is made it."""
    with conflicts_in_words(), transaction.atomic():
        require_open(template.subscription)
        data = _checked(data)
        if data.is_default:
            template.subscription.mailbox_templates.exclude(pk=template.pk).update(is_default=False)
        before = {name: getattr(template, name) for name in asdict(data)}
        template.name, template.quota_mb = data.name, data.quota_mb
        template.allows_imap, template.allows_pop3 = data.allows_imap, data.allows_pop3
        template.allows_smtp = data.allows_smtp
        template.is_default = template.is_default or data.is_default
        template.save(update_fields=list(asdict(data)))
        _log(actor, template, "updated", before=before, after=asdict(data))


@transaction.atomic
def delete_template(*, actor: Actor, template: MailboxTemplate) -> None:
    """Only one that no mailbox uses (the bin counts) and that is not the default."""
    if template.is_default:
        raise BusinessError(_("Es la plantilla predeterminada: elija otra como predeterminada antes de eliminarla."))
    users = Mailbox.objects.filter(template=template)
    if users.exclude(state=Mailbox.State.TERMINATED).exists():
        raise BusinessError(_("Hay buzones que usan esta plantilla (quizá en la papelera)."))
    users.update(template=None)
    _log(actor, template, "deleted")
    template.delete()


def default_quota_mb(resources: dict[str, int]) -> int:
    """An even share of the plan's storage, in whole gigabytes."""
    mailboxes, storage = resources.get(MAILBOXES, 0), resources.get(STORAGE_GB, 0)
    if not mailboxes or not storage:
        return USUAL_QUOTA_MB
    return max(storage // mailboxes, 1) * MB_PER_GB


def _checked(data: TemplateData) -> TemplateData:
    name = " ".join(data.name.split())
    if not name:
        raise BusinessError(_("Escriba el nombre de la plantilla."), field="name")
    if len(name) > MAX_NAME or not name.isprintable():
        raise BusinessError(_("El nombre puede tener 80 caracteres imprimibles como máximo."), field="name")
    if not 1 <= data.quota_mb <= MAX_QUOTA_MB:
        raise BusinessError(_("El límite va de 1 MB a 1,048,576 MB (1 TB)."), field="quota_mb")
    return replace(data, name=name)


def _log(actor: Actor, template: MailboxTemplate, what: str, **change: dict[str, object]) -> None:
    log_action(actor=actor, account=template.account_id, action=f"exchange.template.{what}", target=template, **change)
