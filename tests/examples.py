"""How many examples the property tests try: few in every run, more when somebody looks for trouble.

``EXAMPLES=20 make test ARGS=tests/marketplace/test_any_life_keeps_the_books.py`` tries twenty times as many.
"""

from __future__ import annotations

import os


def examples(count: int) -> int:
    return count * int(os.environ.get("EXAMPLES", "1"))
