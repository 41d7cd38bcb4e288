"""Whether bytes decoded in some encoding give real words: how a guessed encoding is judged. Pure."""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby, pairwise

SAMPLE = 20_000  # bytes
_BETWEEN_WORDS = re.compile(r"[\s,;|\"]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_WITHOUT_SPACES = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"}


def _text(sample: bytes, encoding: str) -> str | None:
    """The sample, which may be cut in the middle of a character; None when it is not in this encoding."""
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError as error:
        is_cut = len(sample) >= SAMPLE and error.end >= len(sample) - 4
        return sample[: error.start].decode(encoding) if is_cut else None


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u30fe"


def _leads(encoding: str, first: int, last: int, trails_from: int) -> Callable[[str], bool]:
    """Whether a character is among the common ones of a Chinese or Korean encoding, which stand in its first rows."""

    def is_common(char: str) -> bool:
        pair = char.encode(encoding, "replace")
        return len(pair) == 2 and first <= pair[0] <= last and pair[1] >= trails_from

    return is_common


# The encoding, which characters tell it, and what share of those beyond ASCII they are at least. In this order.
_TELLING: tuple[tuple[str, Callable[[str], bool], float], ...] = (
    ("cp932", _is_kana, 0.2),
    ("euc-jp", _is_kana, 0.2),
    ("cp949", _leads("cp949", 0xB0, 0xC8, 0xA1), 0.95),
    ("gb18030", _leads("gb18030", 0xB0, 0xD7, 0xA1), 0.95),
    ("big5", _leads("big5", 0xA4, 0xC6, 0x40), 0.95),
)


def east_asian(sample: bytes) -> list[str]:
    """The double-byte encodings in which the sample is ordinary text, the likelier first."""
    return [encoding for encoding, tells, least in _TELLING if _is_usual(sample, encoding, tells, least)]


def _is_usual(sample: bytes, encoding: str, tells: Callable[[str], bool], least: float) -> bool:
    letters = [char for char in _text(sample, encoding) or "" if char > "\x7f" and char.isalpha()]
    is_typical = len(letters) > 1 and sum(map(tells, letters)) >= least * len(letters)
    return is_typical and (strangeness(sample, encoding) or 0) <= 0.1


def strangeness(sample: bytes, encoding: str) -> float | None:
    """The share of non-ASCII words that are not real words in this encoding; None when the sample cannot be in it."""
    text = _text(sample, encoding)
    if text is None:
        return None
    words = {word for word in _BETWEEN_WORDS.split(text) if not word.isascii()}
    return sum(map(_is_odd, words)) / max(1, len(words))


def _is_odd(word: str) -> bool:
    """Whether a word mixes scripts, or has signs or capitals in its middle, as words in a wrong encoding do."""
    inner_sign = any(
        before.isalpha() and after > "\x7f" and after != "’" and unicodedata.category(after)[0] not in "LM"
        for before, after in pairwise(word[:-1])
        if _script(before) not in _WITHOUT_SPACES
    )
    inner_capital = any(before.islower() and after > "\x7f" and after.isupper() for before, after in pairwise(word))
    sign_first = word[1:2].isalpha() and word[0] > "\x7f" and unicodedata.category(word[0]) in ("Sm", "Sk", "No")
    mixed = any(map(_mixes_scripts, _LETTERS.findall(word)))
    return mixed or sign_first or inner_sign or inner_capital or any(map(_is_stray, word))


def _is_stray(char: str) -> bool:
    """Whether it is a control or box-drawing character."""
    return "\x80" <= char < "\xa0" or "\u2500" <= char < "\u25a0"


def _mixes_scripts(letters: str) -> bool:
    """Whether Latin letters touch other scripts oddly; `iphoneケース` is usual, a single foreign letter is not."""
    runs = [(script, len(list(run))) for script, run in groupby(letters, _script)]
    scripts = {script for script, _ in runs}
    if "LATIN" not in scripts or len(scripts) == 1:
        return False
    if not scripts <= _WITHOUT_SPACES | {"LATIN"}:
        return True
    return any(
        (first if second[0] == "LATIN" else second)[1] == 1 and max(first[1], second[1]) > 1
        for first, second in pairwise(runs)
        if "LATIN" in (first[0], second[0])
    )


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ", 1)[0]
