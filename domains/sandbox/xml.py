"""Frames as XML: read strictly against the IETF schemas, written so that they fit them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from domains.sandbox.refusal import Refusal

EPP = "urn:ietf:params:xml:ns:epp-1.0"
DOMAIN = "urn:ietf:params:xml:ns:domain-1.0"
CONTACT = "urn:ietf:params:xml:ns:contact-1.0"
HOST = "urn:ietf:params:xml:ns:host-1.0"
SECDNS = "urn:ietf:params:xml:ns:secDNS-1.1"
RGP = "urn:ietf:params:xml:ns:rgp-1.0"
OBJECTS = (DOMAIN, CONTACT, HOST)
EXTENSIONS = (SECDNS, RGP)
PREFIXES = {"domain": DOMAIN, "contact": CONTACT, "host": HOST, "secDNS": SECDNS, "rgp": RGP}
_SCHEMA = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema">%s</schema>"""


@cache
def schema() -> etree.XMLSchema:
    """All the schemas in one. Nothing is fetched: they lie beside this file."""
    folder = Path(__file__).parent / "xsd"
    imports = "".join(
        f'<import namespace="{_target(file)}" schemaLocation="{file.as_uri()}"/>'
        for file in sorted(folder.glob("*.xsd"))
    )
    return etree.XMLSchema(etree.fromstring(_SCHEMA % imports.encode(), base_url=folder.as_uri() + "/"))


def _target(file: Path) -> str:
    return str(etree.parse(str(file)).getroot().get("targetNamespace"))


def parse(frame: bytes) -> etree._Element:
    """The root of a frame. Raises Refusal 2001 for what is no XML, carries a document type or breaks the schema."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(frame, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(2001, str(error)[:200]) from error
    if root.getroottree().docinfo.doctype:
        raise Refusal(2001, "no document type is allowed")
    if not schema().validate(root):
        raise Refusal(2001, str(schema().error_log.last_error)[:300])
    return root


def find(element: etree._Element, path: str) -> etree._Element | None:
    """``find(command, "domain:create/domain:name")``; unprefixed steps are EPP's own."""
    return element.find(_steps(path))


def find_all(element: etree._Element, path: str) -> list[etree._Element]:
    return list(element.findall(_steps(path)))


def text(element: etree._Element | None, path: str = "") -> str:
    found = element if element is None or not path else find(element, path)
    return (found.text or "").strip() if found is not None else ""


def texts(element: etree._Element, path: str) -> list[str]:
    return [text(each) for each in find_all(element, path)]


def _steps(path: str) -> str:
    steps = []
    for step in path.split("/"):
        prefix, colon, local = step.rpartition(":")
        steps.append(f"{{{PREFIXES[prefix] if colon else EPP}}}{local}")
    return "/".join(steps)


def node(tag: str, *children: Any, **attributes: str) -> etree._Element:
    """``node("domain:name", "a.mx")``. Children are texts, elements or None; unprefixed tags are EPP's own."""
    prefix, colon, local = tag.rpartition(":")
    space = PREFIXES[prefix] if colon else EPP
    element = etree.Element(f"{{{space}}}{local}", nsmap={prefix: space} if colon else {None: EPP})  # type: ignore[dict-item]
    for child in children:
        if isinstance(child, etree._Element):
            element.append(child)
        elif child is not None:
            element.text = str(child)
    for name, value in attributes.items():
        element.set(name, value)
    return element


def moment(value: datetime) -> str:
    """``2026-11-22T18:00:00.0Z`` (RFC 3339, as registries write it)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0Z")


def write(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
