"""What the panel asks of a PAC (*proveedor autorizado de certificación*): to make a CFDI of a document.

None is shipped: each has a contract and an interface of its own. Write a class below and name it in the environment
(``PAC_DRIVER``, ``PAC_OPTIONS``: docs/drivers.md, "Stamping"). Like every driver it is plain Python and ends in one of
five ways (``cloudpanel.provisioning.errors``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StampRequest:
    """``id`` is the document's UUID in the panel. ``xml`` is a CFDI 4.0 (Anexo 20) with everything but the seal, the
    certificate and its number: those come of the issuer's CSD, which the driver has by its options."""

    id: UUID
    xml: bytes


@dataclass(frozen=True, slots=True)
class StampAnswer:
    """``uuid`` is the *folio fiscal* of the TimbreFiscalDigital, ``xml`` the whole certified document."""

    uuid: UUID
    xml: bytes


class StampingGateway(ABC):
    @abstractmethod
    def stamp(self, request: StampRequest) -> StampAnswer:
        """Seals and certifies. An *ensure*: asked again for the same ``id`` it gives the first stamp (a PAC answers
        "timbrado previamente" with it), never a second one.

        Raises PermanentError (``user_message`` in Spanish) when the SAT's rules refuse the document, ConfigurationError for
        our keys, our CSD or a contract that ran out, TransientError for everything that may work later."""
