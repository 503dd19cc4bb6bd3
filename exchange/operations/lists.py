"""Distribution lists and contacts in the mail system."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.drivers.base import ContactSpec, ListSpec, MailDriver, Senders
from exchange.models import DistributionList, ExternalContact, ListMember, Mailbox
from exchange.operations.common import actor_of, mail_driver, nothing_to_move
from exchange.services.list_members import recount


def _list_of(job: Job) -> DistributionList | None:
    rows = DistributionList.objects.select_related("subscription")
    return rows.filter(public_id=job.params["list"]).first()


def _contact_of(job: Job) -> ExternalContact | None:
    rows = ExternalContact.objects.select_related("subscription")
    return rows.filter(public_id=job.params["contact"]).first()


def contact_spec(contact: ExternalContact) -> ContactSpec:
    """The contact as its row wants it to be."""
    return ContactSpec(contact.public_id, contact.name, contact.email, contact.subscription.public_id)


def list_spec(row: DistributionList) -> ListSpec:
    """The list as its rows want it to be."""
    members = row.members.filter(is_member=True)
    ready = members.exclude(mailbox__state__in=[Mailbox.State.PENDING, Mailbox.State.TERMINATED])
    owners = row.members.filter(is_owner=True).exclude(
        mailbox__state__in=[Mailbox.State.PENDING, Mailbox.State.TERMINATED]
    )
    ids = {
        public_id
        for place in ("mailbox", "contact", "nested")
        for public_id in ready.exclude(**{place: None}).values_list(f"{place}__public_id", flat=True)
    }
    return ListSpec(
        row.public_id,
        row.address,
        row.name,
        frozenset(ids),
        frozenset(owners.values_list("mailbox__public_id", flat=True)),
        Senders(row.senders),
    )


def _ensure_contacts(driver: MailDriver, row: DistributionList) -> None:
    """Those who became contacts by being added may not have arrived there yet."""
    news = ExternalContact.objects.select_related("subscription").filter(memberships__list=row)
    for contact in news.exclude(last_job__state=JobState.SUCCEEDED).distinct():
        driver.ensure_contact(contact_spec(contact))


def _ensure_list(run: JobRun) -> Result:
    row = _list_of(run.job)
    if row is None:
        raise PermanentError("La lista ya no existe.", "no row")
    driver = mail_driver()
    _ensure_contacts(driver, row)
    return Result(data={"outcome": str(driver.ensure_list(list_spec(row)))})


def _list_page(job: Job) -> str:
    row = _list_of(job)
    return reverse("exchange:list", args=[row.subscription.public_id, row.public_id]) if row else ""


ensure_list = Operation(
    run=_ensure_list,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    driver="mail",
    label=_("Configurar lista de distribución"),
    url=_list_page,
)


def _remove_list(run: JobRun) -> Result:
    row = _list_of(run.job)
    if row is not None:
        mail_driver().remove_list(row.public_id)
    return Result()


def _list_removed(job: Job) -> None:
    row = _list_of(job)
    if row is None:
        return
    log_action(actor=actor_of(job), account=row.account_id, action="exchange.list.deleted", target=row)
    holders = list(ListMember.objects.filter(nested=row).values_list("list", flat=True))
    row.delete()
    recount(holders)


remove_list = Operation(
    run=_remove_list,
    succeeded=_list_removed,
    failed=nothing_to_move,
    driver="mail",
    label=_("Eliminar lista de distribución"),
    url=_list_page,
)


def _ensure_contact(run: JobRun) -> Result:
    contact = _contact_of(run.job)
    if contact is None:
        raise PermanentError("El contacto ya no existe.", "no row")
    return Result(data={"outcome": str(mail_driver().ensure_contact(contact_spec(contact)))})


def _contacts_page(job: Job) -> str:
    contact = _contact_of(job)
    return reverse("exchange:contacts", args=[contact.subscription.public_id]) if contact else ""


ensure_contact = Operation(
    run=_ensure_contact,
    succeeded=nothing_to_move,
    failed=nothing_to_move,
    driver="mail",
    label=_("Guardar contacto externo"),
    url=_contacts_page,
)


def _remove_contact(run: JobRun) -> Result:
    contact = _contact_of(run.job)
    if contact is not None:
        mail_driver().remove_contact(contact.public_id)
    return Result()


def _contact_removed(job: Job) -> None:
    contact = _contact_of(job)
    if contact is None:
        return
    log_action(actor=actor_of(job), account=contact.account_id, action="exchange.contact.deleted", target=contact)
    holders = list(ListMember.objects.filter(contact=contact).values_list("list", flat=True))
    contact.delete()
    recount(holders)


remove_contact = Operation(
    run=_remove_contact,
    succeeded=_contact_removed,
    failed=nothing_to_move,
    driver="mail",
    label=_("Eliminar contacto externo"),
    url=_contacts_page,
)
