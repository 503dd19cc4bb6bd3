"""In which encoding a text was saved: what its bytes spell decides, since nothing else tells.

Excel alone writes five: UTF-8 and UTF-16, Windows-1252 or 1250 by the country, "CSV (Macintosh)" and "CSV (MS-DOS)".
"""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

SAMPLE = 64 * 1024

# As the screen offers them: value → label. "utf-8-sig" also reads UTF-8 without a BOM.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "mac_roman": "Mac OS Roman",
    "cp850": "MS-DOS (850)",
}
_OF_ONE_BYTE = ("cp1252", "mac_roman", "cp850", "cp1250")  # of those that spell the same, the first
_SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
_APOSTROPHES = frozenset("’´·")


def detect_encoding(content: bytes) -> str:
    """One of :data:`ENCODINGS`. A BOM decides; then UTF-8, also with a few lines of something else in it; then what the
    bytes spell."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = content[:SAMPLE]
    if sample.count(b"\x00") * 5 > len(sample):  # every second byte of western text
        best = from_bytes(sample, cp_isolation=["cp1252", "utf_16", "utf_16_le", "utf_16_be"]).best()
        return "utf-16" if best is None or best.encoding.startswith("utf_16") else "cp1252"
    if content.startswith(codecs.BOM_UTF8) or _is_utf8(content):
        return "utf-8-sig"
    foreign = [line for line in content.splitlines() if not line.isascii()]
    if _are_mostly_utf8(foreign):
        return "utf-8-sig"
    text = b"\n".join(foreign)[:SAMPLE]
    return max(_OF_ONE_BYTE, key=lambda encoding: _spelling(text.decode(encoding, errors="replace")))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _are_mostly_utf8(lines: list[bytes]) -> bool:
    """UTF-8 into which somebody pasted lines of another encoding. Text in Windows-1252 is hardly ever valid UTF-8."""
    return sum(_is_utf8(line) for line in lines) * 2 > len(lines)


def _spelling(text: str) -> int:
    """How much it looks like names of people: letters of Spanish count most, then other letters; signs inside of words and
    capitals behind small letters count against it."""
    points = 0
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign.isascii():
            continue
        in_word = before.isalpha() + after.isalpha()
        if sign.isalpha() and in_word:
            points += 2 if sign in _SPANISH else 1
            points -= 3 * ((before.islower() and sign.isupper()) or (sign.islower() and after.isupper()))
        elif in_word == 2:
            points += 1 if sign in _APOSTROPHES else -2
    return points
