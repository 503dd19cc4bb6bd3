"""The registro de acciones with a million lines: a page costs what it costs with sixty, the chain hardly slows writers,
and verification reads at nearly the speed of reading."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.db import connection, transaction
from django.test import Client

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.log_macs import CONTENT_FIELDS, MAC_BYTES, mac_of
from accounts.log_models import ActionLogEntry, MacField
from accounts.log_seals import seal_new_lines
from accounts.log_texts import ACTION_TEXTS
from accounts.log_verification import verify_action_log
from accounts.models import Account, Membership, Role, User
from benchmarks.ratio import Bar, Outcome, compare

LINES = 1_000_000
FEW = 60
BATCH = 5_000
START = datetime(2024, 1, 1, tzinfo=UTC)
URL = "/cuenta/registro/"
COLUMNS = (*CONTENT_FIELDS, "mac")
# Rare things among the million, so that no filter can stop early by luck.
SEARCHES = {
    "first page": "",
    "one day": "?desde=2024-06-01&hasta=2024-06-01",
    "one person of 2,000": "?persona=persona777@registro.example",
    "a rare kind": "?tipo=billing.payment.refunded",
    "an area": "?tipo=exchange",
    "an object": "?objeto=buzon777777@",
    "on behalf": "?soporte=on",
}


def run() -> list[Outcome]:
    big, few = _account("Registro largo", LINES), _account("Registro corto", FEW)
    sealed = seal_new_lines()
    print(f"{sealed} lines sealed now; the log has {ActionLogEntry.objects.count()}.")
    baseline = _page(few, "")
    outcomes = [
        compare(
            f"{name} among {LINES:,} against {FEW}", ours=_page(big, query), baseline=baseline, bar=Bar(1.3), rounds=15
        )
        for name, query in SEARCHES.items()
    ]
    outcomes.append(compare("page 2,000 against page 1", ours=_page(big, _deep(big)), baseline=baseline, bar=Bar(1.3)))
    outcomes.append(
        compare(f"writing {BATCH:,} lines with the chain", ours=_write, baseline=_write_bare, bar=Bar(1.25))
    )
    outcomes.append(
        compare("verifying against only reading", ours=_verify, baseline=_read, bar=Bar(4.0), rounds=2, warm_up=0)
    )
    return outcomes


def _page(account: Account, query: str) -> Callable[[], None]:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(email=_admin_email(account)))
    client.get(URL)

    def get() -> None:
        assert client.get(URL + query).status_code == 200

    return get


def _deep(account: Account) -> str:
    """The address of page 2,000."""
    from accounts.log_search import ORDER
    from cloudpanel.core.pagination import keyset_page

    last = ActionLogEntry.objects.filter(account=account).order_by("-at", "-pk")[99_950:100_000]
    page = keyset_page(ActionLogEntry.objects.filter(pk__in=[line.pk for line in last]), order=ORDER, size=49)
    return f"?cursor={page.next_cursor}"


def _write() -> None:
    with transaction.atomic():
        log_actions(_entries(BATCH))
        transaction.set_rollback(True)


def _write_bare() -> None:
    with mock.patch.object(MacField, "pre_save", return_value=bytes(MAC_BYTES)):
        _write()


def _verify() -> None:
    started = time.perf_counter()
    report = verify_action_log()
    assert not report.findings, report.findings[:3]
    rate = (report.sealed + report.pending) / (time.perf_counter() - started)
    print(f"      verified {report.sealed:,} lines in {report.seals} seals: {rate:,.0f} lines/s")


def _read() -> None:
    with transaction.atomic():
        rows = ActionLogEntry.objects.order_by("written_in", "id").values_list("id", "written_in", *COLUMNS)
        for _row in rows.iterator(chunk_size=5_000):
            pass


def _admin_email(account: Account) -> str:
    return f"admin-{account.pk}@registro.example"


def _account(name: str, lines: int) -> Account:
    """Made once: later runs find it."""
    account, _ = Account.objects.get_or_create(legal_name=name)
    if not User.objects.filter(email=_admin_email(account)).exists():
        user = User.objects.create_user(_admin_email(account), None, name="Administradora")
        Membership.objects.create(account=account, user=user, role=Role.ACCOUNT_ADMIN)
    _ensure_person(account)
    missing = lines - ActionLogEntry.objects.filter(account=account).count()
    if missing > 0:
        print(f"Writing {missing:,} lines…", flush=True)
        _copy(account, missing)
    return account


def _ensure_person(account: Account) -> None:
    """One of the two thousand is still a member, as those are whom people ask about."""
    user, _ = User.objects.get_or_create(pk=10_000_777, email="persona777@registro.example", name="Persona 777")
    Membership.objects.get_or_create(account=account, user=user, defaults={"role": Role.DELEGATE})


def _copy(account: Account, count: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        file = _Lines(_rows(account, count))
        cursor.cursor.copy_expert(f"COPY accounts_actionlogentry ({', '.join(COLUMNS)}) FROM STDIN", file)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_actionlogentry")


def _entries(count: int) -> list[ActionLogEntry]:
    account = Account.objects.get(legal_name="Registro corto")
    actor = Actor(user=User.objects.get(email=_admin_email(account)), origin="trabajador")
    changes = {"quota_mb": 5120, "state": "active", "name": "Ventas"}
    return [
        build_entry(actor=actor, account=account, action="exchange.mailbox.created", target_name=f"b{n}", after=changes)
        for n in range(count)
    ]


def _rows(account: Account, count: int) -> Iterator[str]:
    chance = random.Random(7)
    common = [action for action in ACTION_TEXTS if action != "billing.payment.refunded"]
    for n in range(count):
        person = chance.randrange(2_000)
        action = "billing.payment.refunded" if n % 20_000 == 7 else chance.choice(common)
        support = (9, "Soporte <soporte@panel.example>") if n % 15_000 == 3 else (None, "")
        content = (
            account.pk,
            START + timedelta(seconds=60 * n),
            10_000_000 + person,
            f"Persona {person} <persona{person}@registro.example>",
            *support,
            action,
            "exchange.mailbox",
            str(n),
            f"buzon{n}@registro.example",
            {"quota_mb": 1024},
            {"quota_mb": 2048},
            "10.0.0.1",
        )
        yield "\t".join(_text(value) for value in (*content, mac_of(content))) + "\n"


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if isinstance(value, dict):
        return str(value).replace("'", '"')
    return value.isoformat() if isinstance(value, datetime) else str(value)


class _Lines(io.TextIOBase):
    """Rows as the file that COPY reads."""

    def __init__(self, rows: Iterator[str]) -> None:
        self._rows = rows

    def read(self, size: int | None = -1) -> str:
        return "".join(row for _, row in zip(range(500), self._rows, strict=False))
