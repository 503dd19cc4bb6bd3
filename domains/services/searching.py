"""*Encontrar dominio*: which names to ask for, and forgetting old questions."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.domain_names import DOTS, clean_domain, clean_registrable, readable, registrable
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue
from domains.models import DomainSearch, SearchedName
from domains.registries import registry_of
from domains.services.names import Shop, is_held

KEPT = timedelta(days=1)
MOST_ENDINGS = 20
FIELD = "buscar"
_AROUND_DOTS = re.compile(r"(?<=\w)\s*\.\s*(?=\w)")
_SEPARATORS = re.compile(r"\S\s*[,;|]\s*\S|\S\s*[\r\n]\s*\S")
MOST_A_MINUTE = 15
"""Searches of one account: each asks every registry for some twenty names, and registries close the door to who asks too
much. For everybody else's sake too."""


def start_search(*, actor: Actor, account: Account, shop: Shop, text: str) -> DomainSearch:
    """Asks for ``text`` under every ending on sale, and for close alternatives. A job asks; the rows tell.

    ``empresa``, ``empresa.com.mx`` and ``mi empresa`` are all fine; BusinessError says what is not."""
    label, wanted = _read(text.strip(), shop)
    _require_patience(account)
    endings = ([wanted] if wanted else []) + [each for each in shop.plans if each != wanted]
    names = [name for ending in endings[:MOST_ENDINGS] if registrable(name := f"{label}.{ending}")]  # no gob.mx
    others = [f"{each}.{ending}" for ending in endings[:2] for each in alternatives(label)]
    with transaction.atomic():
        search = DomainSearch.objects.create(account=account, created_by=actor.user, text=readable(names[0])[:253])
        rows = _rows(search, names, others)
        SearchedName.objects.bulk_create(rows)
        search.job = enqueue(
            actor=actor,
            account=account,
            operation="domains.search_names",
            lock_key=f"domains.search:{search.public_id}",
            params={"search": search.pk},
        )
        search.save(update_fields=["job"])
    return search


def _require_patience(account: Account) -> None:
    lately = DomainSearch.objects.filter(account=account, created_at__gt=timezone.now() - timedelta(minutes=1))
    if lately.count() >= MOST_A_MINUTE:
        raise BusinessError(
            _("Ha hecho muchas búsquedas seguidas. Espere un minuto y busque de nuevo."), field=FIELD, code="too_many"
        )


def _read(text: str, shop: Shop) -> tuple[str, str]:
    """(label, ending): the ending is empty when none was typed."""
    words = _AROUND_DOTS.sub(".", text.translate(DOTS)).split()
    if _SEPARATORS.search(text) or (len(words) > 1 and any("." in word.strip(".") for word in words[:-1])):
        raise BusinessError(_("Busque un solo nombre a la vez."), field=FIELD)
    joined = "-".join(words)
    if "." not in joined.strip("."):
        return _registered(_label(joined.strip(".") or text)), ""
    name = clean_registrable(joined, field=FIELD)
    label, _dot, ending = name.partition(".")
    if ending not in shop.plans:
        raise BusinessError(
            _("No vendemos la terminación .%(ending)s. Busque solo “%(label)s” y verá las que ofrecemos.")
            % {"ending": readable(ending), "label": readable(label)},
            field=FIELD,
        )
    return _registered(label), ending


def _registered(label: str) -> str:
    """Registries keep what has hyphens in the third and fourth place for encodings to come (RFC 5891, 4.2.3.1)."""
    if label[2:4] == "--" and not label.startswith("xn--"):
        raise BusinessError(
            _("Los registros no admiten dos guiones seguidos en el tercer y cuarto lugar del nombre."), field=FIELD
        )
    return label


def _label(text: str) -> str:
    """One label, judged as a name under ``com``, which is in everybody's list of suffixes."""
    name = clean_domain(text if ":" in text else f"{text}.com", field=FIELD)  # a port, or an IPv6 address
    return name.removesuffix(".com")


def alternatives(label: str) -> list[str]:
    """Close names, in the order in which people like them. ASCII only: what has letters of its own is left alone."""
    if label.startswith("xn--"):
        return []
    found = [f"{label}-mx", f"mi{label}", f"grupo{label}", f"{label}online"]
    if "-" in label:
        found.insert(0, label.replace("-", ""))
    return [each for each in found if len(each) <= 63][:4]


def _rows(search: DomainSearch, names: list[str], others: list[str]) -> list[SearchedName]:
    """What somebody has in this panel is taken without asking: it may be ordered and not registered yet."""
    held = is_held([*names, *others])
    rows = []
    for name in dict.fromkeys([*names, *others]):
        ending = name.partition(".")[2]
        registry = registry_of(ending)
        if registry is None:
            continue
        rows.append(
            SearchedName(
                search=search,
                name=name,
                ending=ending,
                registry=registry.name,
                is_alternative=name not in names,
                answer=SearchedName.Answer.TAKEN if name in held else SearchedName.Answer.WAITING,
            )
        )
    return rows


def forget_old_searches() -> None:
    """For settings.PERIODIC."""
    DomainSearch.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
