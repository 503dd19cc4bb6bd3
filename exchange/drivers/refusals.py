"""The refusals of every mail driver, in the words that the customer reads: the fake and the real say the same."""

from __future__ import annotations

from uuid import UUID

from cloudpanel.provisioning.errors import PermanentError

PROVIDER = "mail_directory"


def _refusal(user_message: str, detail: str) -> PermanentError:
    return PermanentError(user_message, detail, provider=PROVIDER)


def domain_taken(name: str) -> PermanentError:
    return _refusal(f"El dominio {name} ya está en uso en el servicio de correo.", f"domain {name} has another id")


def domain_renamed(domain_id: UUID, name: str) -> PermanentError:
    return _refusal(
        "Un dominio de correo no puede cambiar de nombre. Añada el dominio nuevo.",
        f"domain {domain_id} exists under another name than {name}",
    )


def domain_unknown(address: str) -> PermanentError:
    return _refusal(
        f"El dominio de {address} no está dado de alta en el servicio de correo.", f"no domain for {address}"
    )


def domain_in_use(domain_id: UUID) -> PermanentError:
    return _refusal(
        "El dominio todavía tiene buzones, alias o listas, también en la papelera. Elimínelos primero.",
        f"domain {domain_id} has addresses",
    )


def address_taken(address: str) -> PermanentError:
    return _refusal(f"La dirección {address} ya está en uso.", f"address {address} belongs to another id")


def mailbox_unknown(mailbox_id: UUID) -> PermanentError:
    return _refusal("El buzón ya no existe en el servicio de correo.", f"no mailbox {mailbox_id}")


def mailbox_in_bin(mailbox_id: UUID) -> PermanentError:
    return _refusal("El buzón está en la papelera. Restáurelo antes de cambiarlo.", f"mailbox {mailbox_id} was removed")


def mailbox_purged(mailbox_id: UUID) -> PermanentError:
    return _refusal("El buzón se eliminó definitivamente y no puede volver.", f"mailbox {mailbox_id} was purged")


def mailbox_kind_fixed(mailbox_id: UUID) -> PermanentError:
    return _refusal("Un buzón no puede volverse compartido, ni al revés.", f"mailbox {mailbox_id} is of another kind")


def shared_without_password(mailbox_id: UUID) -> PermanentError:
    return _refusal("A un buzón compartido no se entra con contraseña.", f"mailbox {mailbox_id} is shared")


def member_unknown(member_id: UUID) -> PermanentError:
    return _refusal("Uno de los elegidos ya no existe en el servicio de correo.", f"nobody has the id {member_id}")


def contact_moved(contact_id: UUID) -> PermanentError:
    return _refusal("Un contacto no puede pasar a otro cliente.", f"contact {contact_id} is of another tenant")


def contact_taken(address: str) -> PermanentError:
    return _refusal(f"Ya hay un contacto con la dirección {address}.", f"contact {address} has another id")


def contact_is_ours(address: str) -> PermanentError:
    return _refusal(
        f"{address} es de un dominio de este servicio de correo: no es un contacto externo.", f"{address} is local"
    )
