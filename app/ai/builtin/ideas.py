"""Ideas from the wording of a cluster's keywords, without a key. Deterministic.

Each keyword is read for what its searcher wants (compare, buy, learn, choose …); a want offers a
few headlines, all of which are right for singular and plural alike. Rounds over the keywords take
one headline at a time, so that the first ideas already differ in subject and in structure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ai.builtin.keyword_facets import asks, facet_of, stems
from app.ai.builtin.languages import language_of
from app.ai.builtin.outline_frames import heading_in
from app.ai.builtin.spelling import Spelling
from app.ai.tasks.ideas import IdeasRequest, IdeasResult, ProposedIdea
from app.ai.values import TITLE_LENGTH, ContentStructure, ContentType, KeywordInput
from app.ai.wording import as_written, is_question, sentence_case, shorten, title_key, word_list


@dataclass(frozen=True, slots=True)
class Headline:
    """A title to fill in: `{k}` is the keyword as written, `{K}` the same with a capital first."""

    title: str
    content_type: ContentType
    structure: ContentStructure
    description: str


# What a headline says in other languages, by the key of a heading that outlines share (`outline_frames`).
_HEADINGS = {
    "{K}: the differences that matter": "differences",
    "{K}: how to decide": "decide",
    "{K}: our shortlist and how we chose": "list",
    "{K}: options compared side by side": "compare",
    "{K}: a step-by-step tutorial": "steps",
    "{K}: common mistakes and how to fix them": "mistakes",
    "{K}? A clear answer": "answer",
    "{K}? What people get wrong": "mistakes",
    "{K}: what holds up in daily use": "verdict",
    "{K}: prices, options and the next step": "offer",
    "{K}: what it costs and what you get": "cost",
    "{K}: where to find us and what to expect": "contact",
    "{K}: a practical guide": "choose",
    "{K}: common questions answered": "faq",
    "{K}: a checklist before you start": "need",
    "{K}: mistakes to avoid": "mistakes",
    "{K}: where to begin": "start",
    "{K}: an example from start to finish": "result",
    "{K}: options compared": "compare",
    "{K}: everything in one place": "collection",
    "{K}: the complete guide": "background",
}
_ANSWER = "Answers “{k}” in the first paragraph, then gives the reasons, an example and what to do next."

_COMPARE = (
    Headline(
        "{K}: the differences that matter",
        "Article",
        "Comparison",
        "Sets the options of “{k}” side by side in a table and says who should take which.",
    ),
    Headline(
        "{K}: how to decide",
        "Article",
        "Guide",
        "A short list of questions that leads the reader to one of the options of “{k}”.",
    ),
)
_BEST = (
    Headline(
        "{K}: our shortlist and how we chose",
        "Article",
        "Listicle",
        "A ranked shortlist for “{k}” with the criteria named first and one clear pick for each need.",
    ),
    Headline(
        "{K}: options compared side by side",
        "Article",
        "Comparison",
        "A comparison table for “{k}”: price range, strengths, limits, and who each option suits.",
    ),
)
_HOW_TO = (
    Headline(
        "{K}: a step-by-step tutorial",
        "Article",
        "Tutorial",
        "Walks through “{k}” from what you need to the finished result, with the usual mistakes at each step.",
    ),
    Headline(
        "{K}: common mistakes and how to fix them",
        "Article",
        "Listicle",
        "What goes wrong with “{k}”, how to notice it early, and how to put it right.",
    ),
)
_QUESTION = (
    Headline("{K}? A clear answer", "Article", "Guide", _ANSWER),
    Headline(
        "{K}? What people get wrong",
        "Article",
        "Listicle",
        "The misunderstandings around “{k}”, one by one, each set right with a short explanation.",
    ),
)
_REVIEW = (
    Headline(
        "{K}: what holds up in daily use",
        "Article",
        "Review",
        "An honest review for “{k}”: what it does well, where it falls short, and what else to consider.",
    ),
)
_BUY = (
    Headline(
        "{K}: prices, options and the next step",
        "Page",
        "Landing Page",
        "A page for people ready to act on “{k}”: the offer, prices, proof, answers to last doubts, one action.",
    ),
    Headline(
        "{K}: what it costs and what you get",
        "Article",
        "Guide",
        "Breaks the price of “{k}” into its parts and shows where spending more pays off.",
    ),
)
_LOCAL = (
    Headline(
        "{K}: where to find us and what to expect",
        "Page",
        "Landing Page",
        "A local page for “{k}”: area served, opening hours, directions, reviews and a way to get in touch.",
    ),
)
_LEARN = (
    Headline(
        "{K}: a practical guide",
        "Article",
        "Guide",
        "Everything a newcomer needs to know about “{k}”, in the order in which the questions come up.",
    ),
    Headline(
        "{K}: common questions answered",
        "Article",
        "Guide",
        "Collects the questions people ask about “{k}” and answers each in a few sentences.",
    ),
    Headline(
        "{K}: a checklist before you start",
        "Article",
        "Listicle",
        "A checklist for “{k}” that a reader can print and tick off, with a sentence of why for each point.",
    ),
    Headline(
        "{K}: mistakes to avoid",
        "Article",
        "Listicle",
        "The mistakes people make with “{k}”, what they cost, and what to do instead.",
    ),
    Headline(
        "{K}: where to begin",
        "Article",
        "Tutorial",
        "Takes a newcomer to “{k}” from the first step to the one at which the rest is clear.",
    ),
    Headline(
        "{K}: an example from start to finish",
        "Article",
        "Case Study",
        "Follows one case of “{k}” with the decisions, the figures and what would be done differently.",
    ),
    Headline(
        "{K}: options compared",
        "Article",
        "Comparison",
        "Compares the main ways to go about “{k}” on cost, effort and result.",
    ),
)
_CLUSTER = (
    Headline(
        "{K}: everything in one place",
        "Page",
        "Landing Page",
        "The hub page of the topic: a short introduction to {k}, and links to every article of the cluster.",
    ),
    Headline(
        "{K}: the complete guide",
        "Article",
        "Guide",
        "The main article on {k}: covers each question of the cluster briefly and links to the longer pieces.",
    ),
)
_WANTS: tuple[tuple[re.Pattern[str], tuple[Headline, ...]], ...] = (
    (re.compile(r"\b(vs|versus|or|alternatives?|compared?|comparison|difference)\b"), _COMPARE),
    (re.compile(r"^how to\b|\btutorial\b|\bstep by step\b|^(make|making|clean|cleaning|install|fix)\b"), _HOW_TO),
    (re.compile(r"\b(reviews?|ratings?|worth it)\b"), _REVIEW),
    (re.compile(r"\b(near me|nearby|local|in my area)\b"), _LOCAL),
    (re.compile(r"^(best|top|cheapest)\b|\bbest\b"), _BEST),
    (re.compile(r"\b(buy|price|prices|pricing|cost|costs|cheap|sale|deals?|shop|order|hire|quote|wholesale)\b"), _BUY),
)


_BY_FACET = {"versus": _COMPARE, "choose": _BEST, "cost": _BUY[1:]}  # in other languages
_PRICE = re.compile(r"\b(?:prices?|pricing|costs?)\b")  # who looks for one has not decided to order


def headlines_for(keyword: KeywordInput) -> tuple[Headline, ...]:
    """The headlines that suit what the searcher wants, the most fitting first."""
    text = keyword.text.casefold()
    first = next((offer for pattern, offer in _WANTS if pattern.search(text)), ())
    if (is_question(text) or asks(text)) and first not in (_COMPARE, _HOW_TO):
        return _QUESTION
    first = first or _BY_FACET.get(facet_of(text), ())
    if first:
        return first[1:] if first is _BUY and _PRICE.search(text) else first
    if keyword.intent == "transactional":
        return _BUY + _LEARN
    if keyword.intent == "commercial":
        return (_BEST[1], *_LEARN)
    return _LEARN


def _subject(keyword: str, headline: Headline) -> str:
    """The keyword without words that the headline says already."""
    text = (
        re.sub(r"\s*\b(reviews?|tutorial|step by step)$", "", keyword)
        if headline.structure
        in (
            "Review",
            "Tutorial",
        )
        else keyword
    )
    return as_written(text.strip(" ?.!") or keyword)


def _filled_in(keyword: str, headline: Headline, language: str, spelling: Spelling, searched: str = "") -> ProposedIdea:
    """A headline filled in with a keyword; `searched` is the primary keyword where that is another one."""
    subject = spelling.of(_subject(keyword, headline))
    form = headline.title
    if language != "en":
        form = f"{form.partition('}')[0]}}}: {heading_in(_HEADINGS[form], language)}"
    title = form.format(k=subject, K=sentence_case(subject))
    return ProposedIdea(
        title=shorten(title, TITLE_LENGTH),
        description=headline.description.format(k=subject),
        content_type=headline.content_type,
        content_structure=headline.structure,
        primary_keyword=searched or keyword,
    )


def _rounds(request: IdeasRequest) -> Iterator[ProposedIdea]:
    """Every idea there is, in the order in which they should be taken."""
    keywords = sorted(request.keywords, key=lambda item: (-(item.volume or 0), item.text))
    offers = [(item, headlines_for(item)) for item in keywords]
    language = language_of([request.cluster_name, *(item.text for item in keywords)])
    spelling = Spelling([request.cluster_name, request.cluster_description], language)
    cluster_key = title_key(request.cluster_name)
    names = [item.text for item in keywords if title_key(item.text) == cluster_key]
    searched = next(iter([*names, *(item.text for item in keywords)]), request.cluster_name)
    offers = [(item, _without_guide(offer) if title_key(item.text) == cluster_key else offer) for item, offer in offers]
    yield _filled_in(request.cluster_name, _main_headline(request.cluster_name), language, spelling, searched)
    for turn in range(max((len(offer) for _, offer in offers), default=0)):
        for place, (item, offer) in enumerate(offers):
            if turn < len(offer):
                # plain topics start at different headlines, so that a round is not one headline repeated
                shift = place if _LEARN[1] in offer else 0
                yield _filled_in(item.text, offer[(turn + shift) % len(offer)], language, spelling)
        if turn == 0:
            yield _filled_in(request.cluster_name, _CLUSTER[0], language, spelling, searched)
    for headline in _LEARN[1:]:
        yield _filled_in(request.cluster_name, headline, language, spelling, searched)


def _main_headline(cluster_name: str) -> Headline:
    """The headline of the main article: a guide, or the answer where the cluster's name asks."""
    offer = headlines_for(KeywordInput(text=cluster_name))
    return offer[0] if offer in (_QUESTION, _HOW_TO) else _CLUSTER[1]


def _without_guide(offer: tuple[Headline, ...]) -> tuple[Headline, ...]:
    """The offer of a keyword that names the cluster: the complete guide is its guide."""
    return tuple(headline for headline in offer if headline is not _LEARN[0])


def _subject_key(title: str) -> frozenset[str]:
    return frozenset(word_list(title)) - {"a", "an", "the", "to", "for", "of", "and", "in", "how"}


def ideas(request: IdeasRequest) -> IdeasResult:
    """Up to `count` ideas whose titles differ from each other and from the existing ones.

    One headline is not made twice for the same search in other words, as of “best …” and “which … are best”.
    """
    title_keys = {title_key(title) for title in request.existing_titles}
    bags = {_subject_key(title) for title in request.existing_titles}
    wants: set[tuple[str, str, frozenset[str]]] = set()
    proposed: list[ProposedIdea] = []
    for idea in _rounds(request):
        if len(proposed) == request.count:
            break
        key, bag = title_key(idea.title), _subject_key(idea.title)
        want = (idea.content_structure, idea.description.partition("“")[0], stems(idea.primary_keyword))
        if want[2] and want in wants:
            continue
        wants.add(want)
        if key and key not in title_keys and bag not in bags:
            title_keys.add(key)
            bags.add(bag)
            proposed.append(idea)
    return IdeasResult(ideas=proposed)
