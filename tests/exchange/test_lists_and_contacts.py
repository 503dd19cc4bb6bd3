"""Distribution lists, shared mailboxes and external contacts, from the screen to the mail system."""

import pytest

from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import Access, ContactSpec, MailboxKind, Senders
from exchange.models import DistributionList, ExternalContact, ListMember, Mailbox
from exchange.services.deletion import Selection, delete_mailboxes
from exchange.services.list_members import add_members, addresses_in, remove_member
from exchange.services.lists import ListData, create_list
from exchange.services.mailboxes import create_mailbox, require_free
from exchange.services.shared import create_shared
from tests.exchange.conftest import fresh, url, used


@pytest.fixture
def ana(make_mailbox):
    return make_mailbox("ana")


@pytest.fixture
def make_list(actor, subscription, domain, run_jobs):
    def make(local_part="todos"):
        row = create_list(
            actor=actor, subscription=subscription, data=ListData(local_part.title(), local_part, domain, "anyone")
        )
        run_jobs()
        return again(row)

    return make


def again(row):
    return (
        type(row).objects.select_related("subscription__account", "account", "last_job", "mail_domain").get(pk=row.pk)
    )


def test_the_way_of_a_person(administrator_client, subscription, domain, mail, run_jobs, ana):
    data = {"name": "Todos", "local_part": "Todos", "domain": domain.public_id, "senders": "members"}
    assert administrator_client.post(url("list_new", subscription), data).status_code == 302
    run_jobs()
    row = DistributionList.objects.get()
    text = f"{ana.address}\r\nVentas@Proveedor.example, {ana.address};"
    administrator_client.post(url("list_members", subscription, row.public_id), {"addresses": text})
    administrator_client.get(url("list", subscription, row.public_id))
    run_jobs()
    contact = ExternalContact.objects.get()
    spec = mail.lists[row.public_id]
    assert spec.member_ids == {ana.public_id, contact.public_id}
    assert (spec.address, spec.senders) == ("todos@buzones.example", Senders.MEMBERS)
    assert mail.contacts[contact.public_id] == ContactSpec(
        contact.public_id, "ventas", "ventas@proveedor.example", subscription.public_id
    )
    page = administrator_client.get(url("list", subscription, row.public_id)).content.decode()
    assert "ventas@proveedor.example" in page
    assert again(row).member_count == 2


def test_owners_are_mailboxes_of_the_house(actor, mail, run_jobs, make_list, ana):
    row = make_list()
    add_members(actor=actor, row=row, text=ana.address, is_owner=True)
    run_jobs()
    spec = mail.lists[row.public_id]
    assert (spec.owner_ids, spec.member_ids) == ({ana.public_id}, set())
    with pytest.raises(BusinessError, match="propietario"):
        add_members(actor=actor, row=again(row), text="x@fuera.example", is_owner=True)


def test_an_owner_who_is_also_a_member_is_taken_off_one_at_a_time(actor, mail, run_jobs, make_list, ana):
    row = make_list()
    add_members(actor=actor, row=row, text=ana.address)
    run_jobs()
    add_members(actor=actor, row=again(row), text=ana.address, is_owner=True)
    run_jobs()
    member = ListMember.objects.get()
    remove_member(actor=actor, row=again(row), member=member)
    run_jobs()
    assert mail.lists[row.public_id].owner_ids == {ana.public_id}
    remove_member(actor=actor, row=again(row), member=member, is_owner=True)
    run_jobs()
    assert not ListMember.objects.exists()


def test_an_alias_stands_for_its_mailbox(actor, make_list, ana, domain):
    ana.aliases.create(
        account=ana.account, subscription=ana.subscription, mail_domain=domain, address="a.n@buzones.example"
    )
    row = make_list()
    assert add_members(actor=actor, row=row, text="a.n@buzones.example") == 1
    assert ListMember.objects.get().mailbox == ana


def test_all_that_is_wrong_is_told_and_nothing_is_added(administrator_client, subscription, make_list, ana):
    row = make_list()
    text = f"{ana.address}\nsin-arroba\nnadie@buzones.example"
    page = administrator_client.post(url("list_members", subscription, row.public_id), {"addresses": text})
    body = page.content.decode()
    assert "sin-arroba" in body
    assert "nadie@buzones.example" in body
    assert not ListMember.objects.exists()
    assert not ExternalContact.objects.exists()


def test_lists_within_lists_never_go_round(actor, run_jobs, make_list):
    outer, middle, inner = make_list("fuera"), make_list("medio"), make_list("dentro")
    add_members(actor=actor, row=outer, text=middle.address)
    add_members(actor=actor, row=middle, text=inner.address)
    run_jobs()
    with pytest.raises(BusinessError, match="daría vueltas"):
        add_members(actor=actor, row=again(inner), text=outer.address)
    with pytest.raises(BusinessError, match=r"daría vueltas|sí misma"):
        add_members(actor=actor, row=again(inner), text=inner.address)


def test_addresses_are_shared_with_mailboxes(make_list, ana):
    with pytest.raises(BusinessError) as refusal:
        make_list("ana")
    assert refusal.value.code == "taken"
    make_list("beto")
    with pytest.raises(BusinessError):
        require_free("beto@buzones.example")


def test_a_list_goes_when_the_mail_system_has_let_it_go(administrator_client, subscription, mail, run_jobs, make_list):
    row = make_list()
    administrator_client.post(url("list_delete", subscription, row.public_id))
    page = administrator_client.get(url("lists", subscription)).content.decode()
    assert "Eliminando" in page
    run_jobs()
    assert not mail.lists
    assert not DistributionList.objects.exists()
    assert ActionLogEntry.objects.filter(action="exchange.list.deleted").count() == 1


def test_a_refusal_is_shown_and_tried_again(administrator_client, subscription, mail, run_jobs, make_list):
    row = make_list()
    mail.faults.append(PermanentError("El servidor no quiso."))
    data = {"name": "Otro", "local_part": "todos", "domain": row.mail_domain.public_id, "senders": "anyone"}
    administrator_client.post(url("list_edit", subscription, row.public_id), data)
    run_jobs()
    assert (
        "El servidor no quiso." in administrator_client.get(url("list", subscription, row.public_id)).content.decode()
    )
    administrator_client.post(url("list_retry", subscription, row.public_id))
    run_jobs()
    assert mail.lists[row.public_id].display_name == "Otro"


def test_a_contact_is_kept_changed_and_deleted(administrator_client, subscription, mail, run_jobs):
    data = {"name": "Proveedor Ñandú", "email": "Ventas@Proveedor.example"}
    administrator_client.post(url("contact_new", subscription), data)
    run_jobs()
    row = ExternalContact.objects.get()
    assert mail.contacts[row.public_id].external_address == "ventas@proveedor.example"
    administrator_client.post(url("contact", subscription, row.public_id), {**data, "email": "otro@proveedor.example"})
    run_jobs()
    assert mail.contacts[row.public_id].external_address == "otro@proveedor.example"
    administrator_client.post(url("contact_delete", subscription, row.public_id))
    run_jobs()
    assert not mail.contacts
    assert not ExternalContact.objects.exists()


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("ana@buzones.example", "no es un contacto externo"), ("ana", "dirección completa"), ("a b@x.example", "signos")],
)
def test_what_cannot_be_a_contact_is_explained(administrator_client, subscription, domain, email, sentence):
    page = administrator_client.post(url("contact_new", subscription), {"name": "X", "email": email})
    assert sentence in page.content.decode()


def test_one_address_is_one_contact(administrator_client, subscription):
    data = {"name": "X", "email": "x@fuera.example"}
    administrator_client.post(url("contact_new", subscription), data)
    page = administrator_client.post(url("contact_new", subscription), data)
    assert "Ya hay un contacto" in page.content.decode()


def test_a_deleted_contact_leaves_its_lists(actor, administrator_client, subscription, mail, run_jobs, make_list):
    row = make_list()
    add_members(actor=actor, row=row, text="x@fuera.example")
    run_jobs()
    contact = ExternalContact.objects.get()
    administrator_client.post(url("contact_delete", subscription, contact.public_id))
    run_jobs()
    assert again(row).member_count == 0


def test_a_shared_mailbox_takes_storage_and_no_place(administrator_client, subscription, domain, mail, run_jobs, ana):
    before = used(subscription)
    data = {"display_name": "Ventas", "local_part": "ventas", "domain": domain.public_id, "quota_mb": 2048}
    administrator_client.post(url("shared_new", subscription), {**data, "members": ana.address})
    run_jobs()
    row = Mailbox.objects.get(kind="shared")
    assert mail.mailboxes[row.public_id].kind is MailboxKind.SHARED
    assert mail.settings[row.public_id].grants == {ana.public_id: {Access.FULL, Access.SEND_AS}}
    assert used(subscription) == {**before, "storage_gb": before["storage_gb"] + 2}
    page = administrator_client.get(url("shared", subscription)).content.decode()
    assert "ventas@buzones.example" in page
    assert "Activo" in page
    assert (
        "Restablecer contraseña"
        not in administrator_client.get(url("mailbox", subscription, row.public_id)).content.decode()
    )


def test_deleting_a_shared_mailbox_gives_back_storage_only(actor, subscription, domain, run_jobs, ana):
    row = create_shared(
        actor=actor,
        subscription=subscription,
        display_name="Ventas",
        local_part="ventas",
        mail_domain=domain,
        quota_mb=2048,
    )
    run_jobs()
    before = used(subscription)
    delete_mailboxes(actor=actor, subscription=subscription, selection=Selection((row.public_id,)))
    run_jobs()
    assert fresh(row).deleted_at
    assert used(subscription) == {**before, "storage_gb": before["storage_gb"] - 2}


def test_a_member_who_does_not_exist_makes_no_shared_mailbox(administrator_client, subscription, domain, ana):
    data = {"display_name": "Ventas", "local_part": "ventas", "domain": domain.public_id, "quota_mb": 2048}
    page = administrator_client.post(url("shared_new", subscription), {**data, "members": "nadie@buzones.example"})
    assert "No hay un buzón nadie@buzones.example" in page.content.decode()
    assert not Mailbox.objects.filter(kind="shared").exists()


def test_who_is_not_made_yet_is_added_later(actor, subscription, make_list, wish):
    row = make_list()
    box = create_mailbox(actor=actor, subscription=subscription, wish=wish)
    with pytest.raises(BusinessError, match="todavía no está listo"):
        add_members(actor=actor, row=row, text=box.address)


def test_addresses_are_read_however_they_are_pasted():
    assert addresses_in("A@x.mx, b@x.mx;c@x.mx\r\n\r\n  a@X.mx\tb@x.mx") == ["a@x.mx", "b@x.mx", "c@x.mx"]
    pasted = 'Ana López <a@x.mx>; "Ruiz, Eva" <B@x.mx>, Luz <c@x.mx>\nmailto:d@x.mx; López, Mar <e@x.mx>\nnadie'
    assert addresses_in(pasted) == ["a@x.mx", "b@x.mx", "c@x.mx", "d@x.mx", "e@x.mx", "nadie"]


PAGES = ["lists", "list_new", "contacts", "contact_new", "shared", "shared_new"]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_gets_404(stranger_client, subscription, name):
    assert stranger_client.get(url(name, subscription)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_a_service_user_gets_403(service_user_client, subscription, name):
    assert service_user_client.get(url(name, subscription)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_empty_pages_say_what_to_do(administrator_client, subscription, domain, name):
    assert administrator_client.get(url(name, subscription)).status_code == 200
