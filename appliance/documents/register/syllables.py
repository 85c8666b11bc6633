"""Whether a word can be a Vietnamese syllable: an onset, a rime and at most one tone. Pure.

The grammar of the syllable tells text in the right letters from text read with the wrong ones: of real words almost
all fit, of garbled ones almost none (docs/registers.md).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong op ot
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung
uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyu
ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ych ynh yt
"""

_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
_STOPPED = ("c", "ch", "p", "t")
_RISING_OR_HEAVY = "\u0301\u0323"

_WORD = re.compile(r"(?:[^\W\d_]|[\u0080-\u00ff]|[\u0300-\u0323])+")


def words(text: str) -> list[str]:
    """Return the words of a text that show its letters: those with anything but ASCII in them."""
    return [word for word in _WORD.findall(text) if not word.isascii()]


@lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Say whether a word can be a Vietnamese syllable, in any case and any normal form."""
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [letter for letter in parts if ord(letter) in _TONES]
    bare = unicodedata.normalize("NFC", parts.translate(_TONES))
    if len(tones) > 1 or bare not in _syllables():
        return False
    return not tones or not bare.endswith(_STOPPED) or tones[0] in _RISING_OR_HEAVY


def share(found: list[str]) -> float:
    """Return which share of words are syllables; 0 where there are none."""
    return sum(map(is_syllable, found)) / len(found) if found else 0.0


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    return frozenset(onset + rime for onset in ("", *_ONSETS.split()) for rime in _RIMES.split())
