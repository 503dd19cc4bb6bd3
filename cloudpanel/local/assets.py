"""Copies what the browser gets out of node_modules into static/vendor/: the whole list is here.

Plain Python of the standard library: the Dockerfile runs it too.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

COPIES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
}
LICENCES = {
    "@fontsource-variable/inter": "inter",
    "@tabler/core": "tabler",
    "htmx.org": "htmx",
}
# The maps stay behind, and a reference to a missing file would stop collectstatic.
SOURCE_MAP = re.compile(rb"^(//|/\*)# sourceMappingURL=.*$", re.MULTILINE)


def copy_assets(modules: Path, target: Path) -> None:
    """Fill ``target`` afresh from ``modules`` (a node_modules directory)."""
    shutil.rmtree(target, ignore_errors=True)
    for source, destination in COPIES.items():
        path = target / destination
        path.parent.mkdir(parents=True, exist_ok=True)
        content = (modules / source).read_bytes()
        path.write_bytes(content if path.suffix == ".woff2" else SOURCE_MAP.sub(b"", content))
    for package, folder in LICENCES.items():
        for licence in (modules / package).glob("LICENSE*"):
            shutil.copy(licence, target / folder / licence.name)


if __name__ == "__main__":
    copy_assets(Path(sys.argv[1]), Path(sys.argv[2]))
