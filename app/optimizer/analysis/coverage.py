"""What people search for around a subject, and whether a text says something about it. Pure.

What counts is what a search adds to the keyphrase: of "dental implants cost" for a text on dental implants that is the
cost. So nothing is won by repeating the keyphrase. A section covers a search when it has all that it adds, in any form,
or says it in other words as far as `alike` knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.languages import gettext
from app.optimizer.analysis.judging import judged
from app.optimizer.analysis.keyphrase import Keyphrase, parts_of, without_repeats
from app.optimizer.analysis.lexicon import UNSPACED, without_function_words
from app.optimizer.analysis.sentences import WORD, Sentence
from app.optimizer.analysis.text import DocumentText, Passage
from app.optimizer.analysis.types import Assessment, CoverageItem, CoverageState, Group, Mark, Rating, Wanted

GOOD_SHARE, FAIR_SHARE = 60, 35  # of 100 searches
FEWEST = 3  # with fewer known searches nothing is said
ALIKE = 0.42  # from which a sentence counts as saying it in other words: what says something else stays below 0.4
MOST_SENTENCES = 300
PARTLY = 0.5  # of what a search adds
Alike = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""How alike, 0 to 1, each of some texts is to each of others."""
_ORDER = {CoverageState.MISSING: 0, CoverageState.PARTLY: 1, CoverageState.COVERED: 2}


@dataclass(frozen=True, slots=True)
class _Search:
    """An item with what it adds to the keyphrase, as words and as keys."""

    item: CoverageItem
    words: tuple[str, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Section:
    passages: tuple[Passage, ...]
    keys: frozenset[str]


def cover_wanted(
    text: DocumentText,
    keyphrase: Keyphrase,
    wanted: Sequence[Wanted],
    *,
    said: Mapping[str, str],
    alike: Alike | None = None,
) -> list[CoverageItem]:
    """What of `wanted` the text covers: what is missing first, then by volume. What adds the same is one item.

    The keyphrase itself says nothing: the text is read without it. `said` has sentences that are known to say a search
    in other words; with `alike` others are looked for.
    """
    plain = without_repeats(text, keyphrase) if keyphrase else text
    searches = _grouped(keyphrase, wanted)
    items = [_said_before(item, plain, said) for item in _looked_up_all(searches, plain, keyphrase)]
    if alike is not None:
        items = _in_other_words(plain, searches, items, alike)
    shown = _looked_up_all(searches, text, keyphrase)
    items = [replace(item, mark=item.mark or full.mark) for item, full in zip(items, shown, strict=True)]
    return sorted(items, key=lambda item: (_ORDER[item.state], item.kind != "question", -(item.volume or 0), item.text))


def _looked_up_all(searches: Sequence[_Search], text: DocumentText, keyphrase: Keyphrase) -> list[CoverageItem]:
    sections = _sections(text, keyphrase)
    everywhere = frozenset[str]().union(*(section.keys for section in sections))
    return [_looked_up(search, sections, everywhere, keyphrase) for search in searches]


def _said_before(item: CoverageItem, text: DocumentText, said: Mapping[str, str]) -> CoverageItem:
    sentence = said.get(item.text)
    if item.state is CoverageState.COVERED or sentence is None:
        return item
    for passage, other in text.sentences():
        if other.text == sentence:
            mark = passage.mark_of(other) if passage.starts else None
            return replace(item, state=CoverageState.COVERED, mark=mark, said=sentence)
    return item


def _grouped(keyphrase: Keyphrase, wanted: Sequence[Wanted]) -> list[_Search]:
    searches: dict[frozenset[str], _Search] = {}
    own = frozenset(keyphrase.keys)
    for search in sorted(wanted, key=lambda search: -(search.volume or 0)):
        words = _content_words(search.text, keyphrase.language)
        added = tuple(dict.fromkeys(word for word in words if own.isdisjoint(keyphrase.keys_of([word]))))
        keys = frozenset(keyphrase.keys_of(added))
        if not keys:
            continue
        if keys in searches:
            item = searches[keys].item
            volume = (item.volume or 0) + (search.volume or 0) or None
            item = replace(item, volume=volume, others=(*item.others, search.text))
        else:
            item = CoverageItem(search.text, search.kind, search.volume)
        searches[keys] = _Search(item, added, keys)
    return list(searches.values())


def _content_words(text: str, language: str) -> list[str]:
    words = parts_of(WORD.findall(text.casefold().replace("’", "'")))
    return without_function_words(words, language)


def _sections(text: DocumentText, keyphrase: Keyphrase) -> list[_Section]:
    groups: list[list[Passage]] = [[]]
    for passage in text.passages:
        if passage.level:
            groups.append([])
        groups[-1].append(passage)
    return [_Section(tuple(group), _keys_of(group, keyphrase)) for group in groups if group]


def _keys_of(passages: Sequence[Passage], keyphrase: Keyphrase) -> frozenset[str]:
    words = {word for passage in passages for sentence in passage.sentences for word in sentence.folded}
    return frozenset(keyphrase.keys_of(list(words)))


def _looked_up(
    search: _Search, sections: Sequence[_Section], everywhere: frozenset[str], keyphrase: Keyphrase
) -> CoverageItem:
    if keyphrase.language in UNSPACED:
        return _looked_up_as_it_stands(search, sections)
    for section in sections:
        if search.keys <= section.keys:
            return replace(search.item, state=CoverageState.COVERED, mark=_place(section, search, keyphrase))
    has_part = len(search.keys & everywhere) >= PARTLY * len(search.keys) and len(search.keys) > 1
    return replace(search.item, state=CoverageState.PARTLY) if has_part else search.item


def _looked_up_as_it_stands(search: _Search, sections: Sequence[_Section]) -> CoverageItem:
    for section in sections:
        for passage in section.passages:
            if all(word in passage.text.casefold() for word in search.words):
                mark = passage.mark() if passage.starts else None
                return replace(search.item, state=CoverageState.COVERED, mark=mark)
    return search.item


def _place(section: _Section, search: _Search, keyphrase: Keyphrase) -> Mark | None:
    """The sentence of the section that has most of what the search adds."""
    pairs = [(passage, sentence) for passage in section.passages for sentence in passage.sentences if passage.starts]
    if not pairs:
        return None
    passage, sentence = max(pairs, key=lambda pair: len(search.keys.intersection(keyphrase.keys_of(pair[1].folded))))
    return passage.mark_of(sentence)


def _in_other_words(
    text: DocumentText, searches: Sequence[_Search], items: Sequence[CoverageItem], alike: Alike
) -> list[CoverageItem]:
    """Those that the words do not show and a sentence says all the same are covered too."""
    results = list(items)
    unseen = [number for number, item in enumerate(items) if item.state is not CoverageState.COVERED]
    pairs: list[tuple[Passage, Sentence]] = list(text.sentences())[:MOST_SENTENCES]
    if not unseen or not pairs:
        return results
    scores = alike([" ".join(searches[number].words) for number in unseen], [sentence.text for _, sentence in pairs])
    for number, row in zip(unseen, scores, strict=True):
        best = max(range(len(pairs)), key=lambda place, row=row: row[place])  # type: ignore[misc]
        if row[best] >= ALIKE:
            passage, sentence = pairs[best]
            mark = passage.mark_of(sentence) if passage.starts else None
            results[number] = replace(items[number], state=CoverageState.COVERED, mark=mark, said=sentence.text)
    return results


def assess_coverage(items: Sequence[CoverageItem]) -> list[Assessment]:
    """How much of what people search for the text covers; nothing when hardly anything is known."""
    if len(items) < FEWEST:
        return []
    covered = [item for item in items if item.state is CoverageState.COVERED]
    share = 100 * len(covered) / len(items)
    missing = [item.text for item in items if item.state is not CoverageState.COVERED][:FEWEST]
    return [
        judged(
            "coverage",
            Group.SEO,
            gettext("Coverage of the subject"),
            Rating.GOOD if share >= GOOD_SHARE else Rating.OK if share >= FAIR_SHARE else Rating.BAD,
            gettext(
                "The text covers %(covered)s of %(all)s things that people search for.",
                covered=len(covered),
                all=len(items),
            ),
            measured=share,
            cure=gettext("Write about: %(missing)s.", missing=", ".join(f"“{words}”" for words in missing)),
            marks=[item.mark for item in covered if item.mark],
            weight=5,
        )
    ]
