"""``.po`` to ``.mo`` with Babel, so that no gettext is needed. The ``.mo`` files are not in the repository."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogs(locale_directory: Path) -> list[Path]:
    """Write each ``django.mo`` that is missing or older than its ``django.po``; return those written."""
    written = []
    for source in sorted(locale_directory.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file)
        partial = target.with_suffix(".mo.new")
        with partial.open("wb") as file:
            write_mo(file, catalog)
        partial.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_catalogs(Path(__file__).resolve().parent.parent.parent / "locale"):
        print(path)
