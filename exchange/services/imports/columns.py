"""What the columns of a file of mailboxes may be called: in Spanish, in English, by other systems, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cloudpanel.core.tabular.columns import IGNORED, Column, fold_heading, match_columns

NAME, FIRST_NAME, LAST_NAME, SECOND_LAST_NAME = "display_name", "first_name", "last_name", "second_last_name"
ADDRESS, LOGIN, DOMAIN, NICKNAME = "address", "login", "domain", "nickname"
PASSWORD, LINK_EMAIL, TEMPLATE = "password", "link_email", "template"
QUOTA, QUOTA_KB, QUOTA_GB, QUOTA_BYTES = "quota", "quota_kb", "quota_gb", "quota_bytes"
IMAP, POP3, ALIASES = "imap", "pop3", "aliases"
_LIKE_AN_ADDRESS = re.compile(r"[^\s@;,]+@[^\s@;,]+")
QUOTAS = (QUOTA, QUOTA_KB, QUOTA_GB, QUOTA_BYTES)
ADDRESSES = (ADDRESS, LOGIN, NICKNAME)
"""At least one of these tells which mailbox a row is about."""

# fmt: off
COLUMNS = (
    Column(NAME, gettext_noop("Nombre para mostrar"), (
        "display name", "displayname", "nombre completo", "full name", "nombre y apellidos", "nombre del usuario",
        "nombre mostrado", "nombre a mostrar", "nombre del empleado", "nombre del colaborador", "empleado",
        "name [displayname] required", "nombre [displayname] requerido",
        "colaborador", "cn", "common name", "contact name", "nombre visible", "real name")),
    Column(FIRST_NAME, gettext_noop("Nombre"), (
        "first name", "given name", "givenname", "nombres", "first name [required]", "nombre(s)", "nombre de pila",
        "firstname", "first name [givenname]", "nombre [givenname]")),
    Column(LAST_NAME, gettext_noop("Apellidos"), (
        "last name", "surname", "family name", "apellido", "last name [required]", "sn", "lastname",
        "apellido paterno", "primer apellido", "paterno", "last name [surname]", "apellido [surname]",
        "apellidos [surname]")),
    Column(SECOND_LAST_NAME, gettext_noop("Segundo apellido"), ("apellido materno", "materno", "second last name")),
    Column(ADDRESS, gettext_noop("Correo electrónico"), (
        "correo", "e-mail", "email", "mail", "email address", "email address [required]", "e-mail address",
        "primary email", "primary email address", "primary smtp address", "primarysmtpaddress", "user principal name",
        "userprincipalname", "upn", "user name [userprincipalname] required",
        "nombre de usuario [userprincipalname] requerido", "correo principal", "correo electrónico principal", "dirección",
        "dirección de correo", "dirección de correo electrónico", "mailbox", "buzón", "cuenta de correo",
        "cuenta de correo electrónico", "correo electrónico institucional",
        "correo electrónico corporativo", "cuenta",
        "account", "email account", "correo institucional", "correo corporativo", "e-mail corporativo", "email corporativo",
        "correo empresarial", "correo de la empresa", "correo laboral", "work email", "company email", "business email",
        "windowsemailaddress", "zimbramaildeliveryaddress")),
    Column(LOGIN, gettext_noop("Inicio de sesión"), (
        "login", "user", "username", "user name", "usuario", "nombre de usuario", "login name", "local part",
        "localpart", "uid", "samaccountname", "sign-in name", "nombre de inicio de sesión", "mail name", "usuario de correo")),
    Column(DOMAIN, gettext_noop("Dominio"), ("domain", "domain name", "dominio de correo", "nombre de dominio")),
    Column(NICKNAME, gettext_noop("Alias"), ("alias", "mail nickname", "mailnickname", "nickname")),
    Column(ALIASES, gettext_noop("Alias adicionales"), (
        "aliases", "otros alias", "email aliases", "proxy addresses", "proxyaddresses", "emailaddresses", "email addresses",
        "zimbramailalias", "alias addresses", "additional addresses", "direcciones adicionales", "otras direcciones",
        "direcciones proxy", "alias de correo", "alias de correo electrónico", "correos adicionales")),
    Column(PASSWORD, gettext_noop("Contraseña"), (
        "password", "password [required]", "initial password [passwordprofile] required",
        "contraseña inicial [passwordprofile] requerido",
        "clave", "contrasena", "initial password", "pass", "pwd",
        "contraseña inicial", "userpassword", "contraseña temporal", "contraseña provisional", "clave temporal",
        "clave provisional", "clave de acceso", "temporary password")),
    Column(LINK_EMAIL, gettext_noop("Correo alterno"), (
        "recovery email", "recovery email address", "alternate email", "alternate email address",
        "alternate email addresses", "secondary email", "home secondary email", "correo para el enlace",
        "dirección de correo electrónico alternativa", "dirección de correo alternativa", "dirección de correo alterna",
        "correo de recuperación", "correo personal", "external email", "correo alternativo", "contact email",
        "work secondary email", "personal email", "e-mail personal", "email personal", "correo electrónico personal",
        "correo secundario", "correo electrónico secundario", "correo electrónico alternativo",
        "correo electrónico de recuperación", "external e-mail address", "zimbraprefpasswordrecoveryaddress")),
    Column(TEMPLATE, gettext_noop("Plantilla"), (
        "template", "plantilla del buzón", "plan", "mailbox template", "class of service", "cos", "cos name",
        "mailbox plan", "mailboxplan", "plan de servicio", "perfil")),
    Column(QUOTA, gettext_noop("Tamaño (MB)"), (
        "tamaño", "quota", "cuota", "límite", "límite (mb)", "size", "quota (mb)", "quota mb", "mailbox quota",
        "tamaño del buzón", "disk quota", "diskquota", "espacio", "storage limit", "mailbox size (mb)", "limite mb",
        "prohibitsendreceivequota", "cuota de disco",
        "tamaño máximo (mb)", "max size (mb)", "capacidad (mb)", "buzón (mb)", "cuota (mb)", "_diskquota", "mbox_quota")),
    Column(QUOTA_KB, gettext_noop("Tamaño (KB)"), (
        "quota (kb)", "quota kb", "size (kb)", "size kb", "límite (kb)", "mailbox size (kb)", "tamano kb")),
    Column(QUOTA_GB, gettext_noop("Tamaño (GB)"), (
        "quota (gb)", "quota gb", "size (gb)", "límite (gb)", "storage limit (gb)", "mailbox size (gb)",
        "storage (gb)", "espacio (gb)", "tamaño máximo (gb)", "capacidad (gb)", "buzón (gb)", "cuota (gb)")),
    Column(QUOTA_BYTES, gettext_noop("Tamaño (bytes)"), (
        "zimbramailquota", "quota (bytes)", "quota bytes", "diskquota bytes", "límite (bytes)", "_diskquota bytes")),
    Column(IMAP, "IMAP", ("imap habilitado", "imap enabled", "imapenabled", "imap4", "zimbraimapenabled", "permitir imap")),
    Column(POP3, "POP3", ("pop", "pop3 habilitado", "pop3 enabled", "popenabled", "zimbrapop3enabled", "permitir pop3")),
)

# The columns of the original's file, which has no headings (manual, "Creación de varios usuarios"): A to E, the sizes in KB
# (P, then warning and send limits, which a mailbox here does not have apart), the protocols (W was the webmail of its time).
POSITIONAL = (
    NICKNAME, NAME, LOGIN, PASSWORD, ADDRESS, *[IGNORED] * 10, QUOTA_KB, IGNORED, IGNORED, IGNORED, IGNORED, IMAP, POP3, IGNORED,
)

# What Modoboa exports, without headings: "account", login, password, first and last name, enabled, group, address, quota.
MODOBOA = (IGNORED, IGNORED, PASSWORD, FIRST_NAME, LAST_NAME, IGNORED, IGNORED, ADDRESS, QUOTA)

# What gives an export of another system away: headings that it has and others do not.
_SOURCES = (
    ("google", {"emailaddressrequired", "orgunitpathrequired", "firstnamerequired"}),
    ("microsoft365", {
        "userprincipalname", "primarysmtpaddress", "blockcredential", "usagelocation", "mailnickname", "officenumber",
        "numerodeoficina", "usernameuserprincipalnamerequired", "nombredeusuariouserprincipalnamerequerido"}),
    ("zimbra", {"zimbramailquota", "zimbraaccountstatus", "zimbracosid", "zimbraimapenabled"}),
    ("cpanel", {"diskquota", "diskused", "diskusedpercent", "humandiskused"}),
    ("plesk", {"mailname", "mboxquota", "mailboxusage", "mailgroup"}),
)
# fmt: on
SOURCES = {
    "google": "Google Workspace",
    "microsoft365": "Microsoft 365",
    "zimbra": "Zimbra",
    "cpanel": "cPanel",
    "plesk": "Plesk",
    "modoboa": "Modoboa",
    "positional": _("el formato anterior, por posición"),
}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the first row of a file says about its columns."""

    has_headings: bool
    mapping: list[str]
    source: str = ""


@cache
def column_named(name: str) -> Column:
    return next(column for column in COLUMNS if column.name == name)


def understand(first: Sequence[str], following: Sequence[Sequence[str]] = ()) -> Understanding:
    """By headings, by the places of the original's file, or by what the cells look like. ``following`` rows tell where
    the addresses are when no heading does (Zimbra calls them ``name``)."""
    if any("@" in cell for cell in first):
        return Understanding(False, *_without_headings(first))
    mapping = match_columns(first, COLUMNS)
    if not any(name in ADDRESSES for name in mapping):
        places = range(len(first))
        full = next((at for at in places if not mapping[at] and _holds_addresses(following, at)), None)
        mapping = [ADDRESS if at == full else mapping[at] for at in places]
    mapping = _with_names(first, _with_true_addresses(mapping, following))
    return Understanding(True, mapping, source_of(first))


def _with_true_addresses(mapping: list[str], following: Sequence[Sequence[str]]) -> list[str]:
    """In files of people *Address* and *Dirección* are where somebody lives: the login is the address then, if it is one
    (Microsoft 365 calls it ``Username``)."""
    below = [row[at] for at, name in enumerate(mapping) if name == ADDRESS for row in following if at < len(row)]
    login = mapping.index(LOGIN) if LOGIN in mapping else -1
    if ADDRESS not in mapping or any("@" in cell for cell in below) or not _holds_addresses(following, login):
        return mapping
    return [ADDRESS if at == login else IGNORED if name == ADDRESS else name for at, name in enumerate(mapping)]


def _with_names(headings: Sequence[str], mapping: list[str]) -> list[str]:
    """``name`` alone is the name of a person where nothing else is, and no address stands below it."""
    if NAME in mapping or FIRST_NAME in mapping:
        return mapping
    at = next((at for at, name in enumerate(mapping) if not name and fold_heading(headings[at]) == "name"), None)
    return [NAME if index == at else name for index, name in enumerate(mapping)]


def rows_above_headings(rows: Sequence[Sequence[str]]) -> int:
    """A title, a date: rows without an address above one whose words are headings, that of the addresses among them."""
    if any("@" in cell for cell in rows[0]):
        return 0
    for above, row in enumerate(rows):
        if any("@" in cell for cell in row):
            break
        known = [name for name in match_columns(row, COLUMNS) if name]
        if any(name in ADDRESSES for name in known) and (len(known) > 1 or sum(bool(cell) for cell in row) == 1):
            return above
    return 0


def _holds_addresses(rows: Sequence[Sequence[str]], at: int) -> bool:
    cells = [row[at] for row in rows if 0 <= at < len(row) and row[at]]
    return bool(cells) and all(_LIKE_AN_ADDRESS.fullmatch(cell) for cell in cells)


def source_of(headings: Sequence[str]) -> str:
    folded = {fold_heading(heading) for heading in headings}
    return next((name for name, marks in _SOURCES if marks & folded), "")


def repeated_headings(headings: Sequence[str]) -> list[str]:
    """Those that stand above several columns, each once."""
    folded = [fold_heading(heading) for heading in headings]
    return [heading for index, heading in enumerate(headings) if heading and folded[index] in folded[:index]]


def letters(index: int) -> str:
    """The name of a column in a spreadsheet: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _without_headings(first: Sequence[str]) -> tuple[list[str], str]:
    if len(first) >= 5 and "@" in first[4] and not any("@" in cell for cell in first[:4]):
        return [*POSITIONAL[: len(first)], *[IGNORED] * (len(first) - len(POSITIONAL))], "positional"
    if len(first) >= 8 and first[0].lower() == "account" and "@" in first[7]:
        return [*MODOBOA[: len(first)], *[IGNORED] * (len(first) - len(MODOBOA))], "modoboa"
    address = next(index for index, cell in enumerate(first) if "@" in cell)
    name = next((index for index, cell in enumerate(first) if index != address and _looks_like_a_name(cell)), None)
    guessed = {address: ADDRESS, name: NAME}
    return [guessed.get(index, IGNORED) for index in range(len(first))], ""


def _looks_like_a_name(cell: str) -> bool:
    return any(sign.isalpha() for sign in cell) and "@" not in cell
