"""Adds icons to the set that pages may use: ``python -m cloudpanel.local.icons NODE_MODULES name...``

The shapes live in cloudpanel/core/icons.json, so that pages and tests need no npm. Source: @tabler/icons (MIT).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

SHAPES = Path(__file__).resolve().parent.parent / "core" / "icons.json"
FRAME = re.compile(r"<svg[^>]*>|</svg>|<path stroke=\"none\" d=\"M0 0h24v24H0z\" fill=\"none\" ?/>")


def read_shape(modules: Path, name: str) -> str:
    """What is inside the <svg> of one outline icon, without the invisible frame."""
    text = (modules / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg").read_text()
    return re.sub(r"\s*\n\s*", "", FRAME.sub("", re.sub(r"\s+", " ", text))).replace(" />", "/>").strip()


def add_icons(modules: Path, names: list[str]) -> None:
    shapes: dict[str, str] = json.loads(SHAPES.read_text()) if SHAPES.exists() else {}
    shapes |= {name: read_shape(modules, name).replace("> <", "><") for name in names}
    SHAPES.write_text(json.dumps(dict(sorted(shapes.items())), indent=0) + "\n")


if __name__ == "__main__":
    add_icons(Path(sys.argv[1]), sys.argv[2:])
