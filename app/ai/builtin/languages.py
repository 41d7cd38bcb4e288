"""Which language some texts are in, by their script and their commonest words. Pure.

Search terms are short: the language is that of all texts of a piece together, and English where nothing shows it.
"""

import re
from collections import Counter
from collections.abc import Iterable

NAMES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nb": "Norwegian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_SCRIPTS = (
    ("ja", re.compile(r"[\u3041-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("fa", re.compile(r"[پچژگ]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
# Words that are common in a language; where several share one, each has it, so that it tells for none of them.
_WORDS = {
    "en": "the and for with how what is are best to of in without near which when why does can your you do",
    "de": "der die das und für mit wie was ist ohne oder welche welcher beste besten den dem im zum zur bei von kosten",
    "fr": (
        "le la les des du de un une ou que dans par pas cher avis femme"
        " homme et pour avec comment quel quelle quels est sans sur meilleur meilleure au aux chez prix"
    ),
    "es": (
        "el la los las del de un o que al es tu opiniones mujer hombre comprar barato baratos"
        " barata casa y para con cómo como qué cuál mejor mejores sin una por cuánto dónde precio en hacer"
    ),
    "it": (
        "il lo la le gli di un o da donna uomo recensioni opinioni casa della"
        " dei delle per con come quale migliore migliori senza una che quanto dove prezzo fare"
    ),
    "pt": (
        "os as o de um ou que mulher homem comprar barato casa opiniões do da dos"
        " das para com como qual melhor melhores sem uma por quanto onde preço em não fazer"
    ),
    "nl": (
        "het een de en om te bij vrouwen mannen beoordelingen goedkoop voor met"
        " hoe wat is zonder beste welke van kopen op goed waar naar kosten"
    ),
    "pl": "i dla jak co jest bez na do z najlepszy najlepsze czy ile gdzie jaki jaka jakie cena w",
    "sv": "och för med hur vad är utan bäst bästa vilken på till köpa ett en som av",
    "da": "og for med hvordan hvad er uden bedste hvilken på til køb et en som af",
    "nb": "og for med hvordan hva er uten beste hvilken på til kjøpe et en som av",
    "fi": "ja miten mikä on ilman paras parhaat tai kuinka kanssa hinta",
    "cs": "a pro jak co je bez na nejlepší nebo kolik kde který která cena s v",
    "hu": "és hogyan mi van nélkül legjobb vagy mennyi hol melyik ár egy a az",
    "ro": "și de la un din pe pentru cu cum ce este fără cel mai bun sau cât unde preț",
    "tr": "ve için ile nasıl nedir en iyi mi ne kadar nerede fiyatı bir hangi",
    "id": "dan untuk dengan cara apa adalah terbaik tanpa berapa di mana harga yang",
    "vi": "và cho với cách là gì tốt nhất không bao nhiêu ở đâu giá",
}
_LETTERS = {
    "de": "äöüß",
    "fr": "éèêçàùœ",
    "es": "ñáéíóú¿¡",
    "it": "èàùòì",
    "pt": "ãõçáéíóúêâ",
    "pl": "ąćęłńśźż",
    "sv": "åäö",
    "da": "æøå",
    "nb": "æøå",
    "fi": "äö",
    "cs": "ěščřžýůď",
    "hu": "őűáéöü",
    "ro": "ăâîșț",
    "tr": "ğışçöü",
    "vi": "ơưđạảấầẩẫậắằặẹẻẽếềểễệ",
}
_TALLY = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WORD = re.compile(r"\w{2,}")
_LONG_WORD = re.compile(r"\w{4,}")
_OPEN_WORD = re.compile(r"\w{3,}[ao]s?\b")
RIGHT_TO_LEFT = frozenset(("ar", "fa", "he"))


def language_of(texts: Iterable[str]) -> str:
    """The language of most of these texts, as its two-letter code (ISO 639-1)."""
    joined = "\n".join(texts)
    letters = sum(map(str.isalpha, joined))
    scripts = [(language, len(pattern.findall(joined))) for language, pattern in _SCRIPTS]
    strong = [language for language, count in scripts if count * 5 > letters]
    if strong:
        telling = {language for language, count in scripts if count * 50 > letters and count}
        if strong[0] == "zh" and "ja" in telling:
            return "ja"
        close = {"ru": "uk", "ar": "fa"}.get(strong[0])
        return close if close in telling and close is not None else strong[0]
    return _latin(joined.casefold())


def _latin(text: str) -> str:
    words = Counter(_WORD.findall(text))
    scores: dict[str, float] = {
        language: sum(words[word] for word in tally if word in words) for language, tally in _TALLY.items()
    }
    for language, marks in _LETTERS.items():
        scores[language] += min(3, sum(text.count(mark) for mark in marks)) if scores[language] else 0
        scores[language] += 0.5 if not scores[language] and any(mark in text for mark in marks) else 0
    if scores["es"] and 2 * len(_OPEN_WORD.findall(text)) > len(_LONG_WORD.findall(text)):
        scores["es"] += 0.25  # against French, of which most words end otherwise
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    return best if scores[best] > 0 else "en"
