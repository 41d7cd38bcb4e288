"""Sentences with figures or claims for which no source is given. Pure: a list for the writer, not a verdict."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.writer.drafting.draft_links import is_source
from app.writer.drafting.draft_text import DraftText, Link

MOST, MOST_AROUND = 40, 3  # sentences; words around the link of a sentence that only says where something is from
_FIGURE = re.compile(
    r"\d[\d.,\u00a0\u202f ]*\s?(?:%|٪|‰|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b|per cento\b|процент)"
    r"|%\d|(?:[$€£¥₹₽₴₺₩]|\b(?:USD|EUR|GBP|CHF)\b)\s?\d|\d[\d.,\u00a0\u202f]*\s?(?:[€£¥₹₽₴₺₩円元]|\b(?:USD|EUR|GBP|CHF|PLN|SEK|kr|zł)\b)"
    r"|\d[\d.,]*\s?(?:million|billion|trillion|thousand|Million|Milliarde|millones|millions|milliard|milion|млн|млрд|тыс)"
    r"|\d+[\d.,]*\s?[万億亿兆]"
    r"|\b\d+ (?:out of|in|von|sur|de cada|su|из) \d+\b|\b(?:\d+(?:[.,]\d+)?|two|three|four|five|ten) times\b|\b\d+x\b",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(?:stud(?:y|ies)|research(?:ers)?|surveys?|statistics|scientists|experts?|clinically|scientifically|proven"
    r"|most (?:people|users|customers|doctors)|number one|world.s (?:best|first|largest|leading)|guaranteed"
    r"|studien?|forscher|umfragen?|experten|statistik(?:en)?|nachweislich|bewiesen"
    r"|études?|chercheurs|sondages?|statistiques|prouvé|estudios?|investigadores|encuestas?|estadísticas|demostrado"
    r"|studi|ricercatori|sondaggi|statistiche|dimostrato|estudos?|pesquisas?|comprovado|onderzoek(?:ers)?|bewezen"
    r"|badania|naukowcy|eksperci|udowodniono|studier|forskare)\b"
    r"|исследовани|ученые|учёные|эксперт|опрос|доказано|дослідженн|دراسة|دراسات|خبراء|إحصائي|מחקר|מומחים|研究|調査|专家|統計|统计",
    re.IGNORECASE,
)
_NAMED_SOURCE = re.compile(
    r"\b(?i:according to|source:|as reported by|published (?:in|by)|laut|quelle:|selon|source :|según|fuente:|secondo"
    r"|fonte:|segundo|volgens|bron:|według|źródło:|enligt|källa:)\s+(?:the |der |die |das |la |le |el |o |a |het |de )?"
    r"[\"“«]?[A-ZÀ-Þ]"
    r"|по данным\s|согласно\s|за даними\s|وفقا ل|حسب\s|לפי\s|によると|根据|據",
)
_VAGUE = re.compile(
    r"\b(?:according to|laut|selon|según|secondo|segundo|volgens)\s+(?:studies|experts|studien|experten)", re.I
)


def without_source(text: DraftText, site_url: str) -> list[str]:
    """The sentences with a figure or claim for which no source is named or linked to, in order; at most 40.

    A source is a page of another site: in the sentence itself, or in one after it that is little more than the link.
    """
    return list(dict.fromkeys(_sentences(text, site_url)))[:MOST]


def _sentences(text: DraftText, site_url: str) -> Iterator[str]:
    for block in text.blocks:
        if block.level:
            continue
        said = [(sentence, _sources(links, site_url)) for sentence, links in block.sentences_with_links()]
        for (sentence, sources), (following, further) in pairwise([*said, ("", [])]):
            has_source = bool(sources or _is_reference(following, further))
            if (_FIGURE.search(sentence) or _CLAIM.search(sentence)) and not (has_source or _names_source(sentence)):
                yield sentence


def _sources(links: Sequence[Link], site_url: str) -> list[Link]:
    return [link for link in links if is_source(link.address, site_url)]


def _is_reference(sentence: str, sources: Sequence[Link]) -> bool:
    """Whether a sentence only says where the one before it is from, as “Source: Eurostat.” does."""
    around = len(sentence.split()) - sum(len(link.words.split()) for link in sources)
    return bool(sources) and around <= MOST_AROUND


def _names_source(sentence: str) -> bool:
    return bool(_NAMED_SOURCE.search(sentence)) and not _VAGUE.search(sentence)
