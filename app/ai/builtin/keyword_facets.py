"""What a searcher wants to read of a subject, by the wording of a keyword, in several languages. Pure."""

import re
import tomllib
import unicodedata
from pathlib import Path

from app.ai.wording import sentence_case

Facet = str
"""One of FACETS; ``topic`` for what is none of the others."""
# In the order in which a reader needs them.
FACETS = ("what", "topic", "choose", "versus", "for", "how", "cost", "trouble", "local")

_SAYS = tomllib.loads(Path(__file__).with_name("keyword_facets.toml").read_text())


def _pattern(name: str) -> re.Pattern[str]:
    words = [rf"\b(?:{part})(?!\w)" for part in _SAYS[name]["words"]]
    return re.compile("|".join([*words, *_SAYS[name]["patterns"]]))


_ASKS, _INSTRUCTION = _pattern("asks"), _pattern("instruction")
_COMPILED = tuple((name, _pattern(name)) for name in _SAYS if name not in ("asks", "instruction"))
_SPANISH = re.compile(r"^(?:cómo|por qué|cuándo|dónde|quién|cuál|cuánt|qué)")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_STOP = frozenset(
    word
    for line in (
        "a an and are as at be best by can do does for from good how i in is it me my of on or the to top was what",
        "when where which who why with without you your near vs versus much many",
        "der die das den dem ein eine einen und für mit im in am zum zur von bei ist was wie",
        "le la les un une des du de et pour avec en au aux à est el los las y con del al una para por qué que",
        "cómo como il lo gli i e di da per con che uno come o os as do dos das com em no na um uma",
        "het een en van voor met op te hoe wat na w z dla jak co och för med av på till",
    )
    for word in line.split()
)
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def facet_of(keyword: str) -> Facet:
    """What is wanted to be read; the first that fits."""
    text = keyword.casefold().strip()
    return next((facet for facet, pattern in _COMPILED if pattern.search(text)), "topic")


def asks(keyword: str) -> bool:
    """Whether a keyword is asked as a question: in three words at least, or in a script without spaces."""
    text = keyword.casefold().strip()
    return bool(_ASKS.search(text)) and (len(text.split()) > 2 or bool(_HAN.search(text)) or text[-1:] in "?？؟")


def as_heading(keyword: str, language: str = "en") -> str:
    """A keyword as a heading: a question with the mark of its language, all else in sentence case."""
    text = sentence_case(" ".join(keyword.split()).rstrip(" ?？؟.!"))
    lower = text.casefold()
    if not asks(keyword) or _INSTRUCTION.search(lower):
        return text
    if language == "es" or _SPANISH.search(lower):
        return f"¿{text.lstrip('¿')}?"
    if language == "fr":
        return f"{text}\u00a0?"
    return text + ("؟" if _ARABIC.search(text) else "？" if _HAN.search(text) else "?")


def stems(text: str) -> frozenset[str]:
    """The words that carry the meaning, without the ending of a plural; pairs of letters where words have no spaces."""
    tokens_and_pairs: set[str] = set()
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _UNSPACED.search(token):
            tokens_and_pairs |= {token[at : at + 2] for at in range(max(1, len(token) - 1))}
        elif token not in _STOP and not re.fullmatch(r"20[2-4]\d", token):
            tokens_and_pairs.add(_singular(token))
    return frozenset(tokens_and_pairs)


def _singular(token: str) -> str:
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 4 and token.endswith(("ches", "shes", "sses", "xes")):
        return token[:-2]
    if len(token) > 3 and token.endswith("s") and not token.endswith("ss"):
        return token[:-1]
    return token[:-3] if len(token) > 6 and token.endswith("ing") else token
