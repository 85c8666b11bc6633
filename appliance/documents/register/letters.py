"""Text in old Vietnamese letters, into Unicode and back. Pure.

A file in Windows-1258, TCVN3 (.Vn... fonts) or VNI shows strange western letters when it is read as plain text, in
CSV files and in cells of a workbook alike. Here such text, as Windows-1252 shows it, becomes Unicode (NFC). TCVN3
has no capitals with marks: its fonts draw them from small letters, so a text all in capitals is made so again.

Tables: TCVN 5712:1993 VN3, the VNI-Windows font encoding, Microsoft code page 1258.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

_TCVN3_BYTES = (
    "a1a2a3a4a5a6a7a8a9aaabacadae b5b6b7b8b9bbbcbdbe c6c7c8c9cacbcccecf d0d1d2d3d4d5d6d7d8dcdddedf "
    "e1e2e3e4e5e6e7e8e9eaebecedeeef f1f2f3f4f5f6f7f8f9fafbfcfdfe")
_TCVN3_LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"

_VNI_MARKS = {
    "a": dict(zip("ùøûõïâáàåãäêéèúüë", "áàảãạâấầẩẫậăắằẳẵặ", strict=True)),
    "e": dict(zip("ùøûõïâáàåãä", "éèẻẽẹêếềểễệ", strict=True)),
    "o": dict(zip("ùøûõïâáàåãä", "óòỏõọôốồổỗộ", strict=True)),
    "ô": dict(zip("ùøûõï", "ớờởỡợ", strict=True)),
    "u": dict(zip("ùøûõï", "úùủũụ", strict=True)),
    "ö": dict(zip("ùøûõï", "ứừửữự", strict=True)),
    "y": dict(zip("ùøûõ", "ýỳỷỹ", strict=True)),
}
_VNI_ALONE = dict(zip("íìæóòôöîñ", "íìỉĩịơưỵđ", strict=True))


def _vni_table() -> dict[str, str]:
    """Return every letter of VNI: one or two signs, the case of the first is that of the letter."""
    table = dict(_VNI_ALONE)
    for base, marks in _VNI_MARKS.items():
        table |= {base + mark: letter for mark, letter in marks.items()}
    capitals = {}
    for signs, letter in table.items():
        for one in {signs.upper(), signs[0].upper() + signs[1:]}:
            capitals[one] = letter.upper()
        if len(signs) == 2:
            capitals[signs[0] + signs[1].upper()] = letter
    return table | capitals


_TCVN3 = dict(zip(bytes.fromhex(_TCVN3_BYTES), _TCVN3_LETTERS, strict=True))
_VNI = _vni_table()
_VNI_SIGNS = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_WINDOWS = {byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0xA0)}
_CP1258 = {byte: bytes([byte]).decode("cp1258", errors="ignore") or chr(byte) for byte in range(0xA0, 0x100)}
_BYTES = {letter: byte for byte, letter in _WINDOWS.items()}

VIETNAMESE = frozenset("ăđơưĂĐƠƯ") | frozenset(map(chr, range(0x1EA0, 0x1EFA)))
"""Letters that only Unicode text has: none of them is among those that old text shows."""


def plain(text: str) -> str:
    """Return text as Unicode has it, composed (NFC); signs 80 to 9F are those of Windows."""
    return unicodedata.normalize("NFC", text if text.isascii() else text.translate(_WINDOWS))


def from_cp1258(text: str) -> str:
    """Read Windows-1258: vowels bear their tone as a second sign."""
    return unicodedata.normalize("NFC", text.translate(_WINDOWS).translate(_CP1258))


def from_tcvn3(text: str) -> str:
    """Read TCVN3 (ABC)."""
    shown = text.translate(_TCVN3)
    capitals, small = re.findall(r"[A-Z]", text), re.search(r"[a-z]", text)
    return plain(shown.upper() if len(capitals) > 1 and not small else shown)


def from_vni(text: str) -> str:
    """Read VNI."""
    return plain(_VNI_SIGNS.sub(lambda found: _VNI[found[0]], text))


def from_doubled_utf8(text: str) -> str:
    """Read UTF-8 that was taken for Windows letters and written as UTF-8 once more; other text stays."""
    try:
        data = bytes(_BYTES.get(letter) or ord(letter) for letter in text)
        return plain(data.decode())
    except ValueError:  # a letter above 255, or no UTF-8
        return plain(text)


def to_tcvn3(text: str) -> bytes:
    """Write TCVN3; for tests and examples. Capitals with marks become small letters, as in its fonts.

    Raises:
        UnicodeEncodeError: a letter that TCVN3 has not.
    """
    back = {letter: byte for byte, letter in _TCVN3.items()}
    signs = (letter if letter in back else letter.lower() if letter.lower() in back else letter
             for letter in unicodedata.normalize("NFC", text))
    return b"".join(bytes([back[sign]]) if sign in back else sign.encode("ascii") for sign in signs)


def to_vni(text: str) -> bytes:
    """Write VNI; for tests and examples.

    Raises:
        UnicodeEncodeError: a letter that VNI has not.
    """
    back: dict[str, str] = {}
    for signs, letter in _VNI.items():
        if letter not in back or (len(signs) == 2 and signs.upper() == signs and letter.isupper()):
            back[letter] = signs
    return b"".join(back.get(letter, letter).encode("latin-1" if letter in back else "ascii")
                    for letter in unicodedata.normalize("NFC", text))


def to_cp1258(text: str) -> bytes:
    """Write Windows-1258; for tests and examples. Raises as ``to_vni``."""
    made = []
    for letter in unicodedata.normalize("NFC", text):
        try:
            made.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            base, marks = _tone_apart(letter)
            made.append((base + marks).encode("cp1258"))
    return b"".join(made)


def _tone_apart(letter: str) -> tuple[str, str]:
    """Return a letter without its tone, and the tone as a sign of its own."""
    parts = unicodedata.normalize("NFD", letter)
    tones = "".join(sign for sign in parts if sign in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in tones)), tones


OLD: Mapping[str, Callable[[str], str]] = {
    "TCVN3 (ABC)": from_tcvn3, "VNI": from_vni, "Windows-1258": from_cp1258, "UTF-8 hai lần": from_doubled_utf8,
}
"""Ways to read old text, by the names people know."""
