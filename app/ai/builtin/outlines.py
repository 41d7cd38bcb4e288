"""The outline of a piece from the keywords and questions of its cluster, without a key. Deterministic.

A structure gives the frame (`outline_frames`), the cluster what stands in it: each thing that people search for becomes
a section or a question of its own, under its own words. Nothing is filled into a sentence whose grammar it may not fit.
"""

from collections.abc import Mapping, Sequence

from app.ai.builtin.keyword_facets import FACETS, as_heading, facet_of, stems
from app.ai.builtin.keyword_topics import (
    KeywordTopic,
    find_topics,
    is_choice_of_the_piece,
    is_the_piece,
    options_of,
    whole_heading,
)
from app.ai.builtin.outline_frames import BODY, FACET_NOTES, FRAMES, OPTION_NOTES, PLAIN_LIST, Frame, heading_in
from app.ai.builtin.spelling import Spelling
from app.ai.plans import OutlineRequest, OutlineResult, PlannedSection
from app.ai.wording import title_key

WORDS_OF_A_SECTION = 220
MOST_SECTIONS, MOST_QUESTIONS, FEW_SECTIONS, KEYWORDS_OF_A_FRAME = 9, 8, 3, 8
ARTICLES = frozenset({"Guide", "Tutorial", "Listicle", "Comparison", "Review", "News", "Case Study"})
"""Structures that lead nobody to a place: what is searched for “near me” is no section of theirs."""
_BY_TYPE = {"Page": "Landing Page", "Product": "Product Page", "Taxonomy": "Archive Page"}


def outline(request: OutlineRequest) -> OutlineResult:
    """Sections in the order in which a reader needs them, and the questions that are left."""
    spelling = Spelling([request.title, request.description], request.language)
    found_topics = find_topics(request.keywords, request.primary_keyword, request.title, request.language, spelling)
    topics = [topic for topic in found_topics if request.content_structure not in ARTICLES or topic.facet != "local"]
    frames = _frames(request)
    frame_of_facet = {facet: frame for frame in frames for facet in frame.takes}
    options = _options(request, spelling)
    room = max(2, min(MOST_SECTIONS, request.length_words // WORDS_OF_A_SECTION) - len(options))
    framed_in = {id(topic): frame for topic in topics if (frame := _frame_of(topic, frame_of_facet, request))}
    body = _section_topics([topic for topic in topics if id(topic) not in framed_in], room)
    is_thin = len(body) + len(options) < FEW_SECTIONS
    sections: list[PlannedSection] = []
    for frame in frames:
        framed = [topic for topic in topics if framed_in.get(id(topic)) is frame]
        if frame.key == BODY:
            sections += [*options, *map(_section, body)]
        elif framed or not (frame.needs_keywords or (frame.fills and not is_thin)):
            sections.append(_framed(frame, framed, request.language))
    sections[0] = _with_variants(sections[0], request, spelling)
    answered = {id(topic) for topic in body} | {
        id(topic) for topic in topics if id(topic) in framed_in and topic.facet == "cost"
    }
    unanswered = [topic.heading for topic in topics if topic.is_question and id(topic) not in answered]
    return OutlineResult(
        sections=_with_subject(_distinct(sections), body, request),
        questions=list(dict.fromkeys(unanswered))[:MOST_QUESTIONS],
    )


def _frame_of(topic: KeywordTopic, frame_of_facet: Mapping[str, Frame], request: OutlineRequest) -> Frame | None:
    """The frame that answers a topic; what is to be chosen beside the subject of the piece has a section of its own."""
    frame = frame_of_facet.get(topic.facet)
    is_beside = topic.facet == "choose" and not is_choice_of_the_piece(topic, request.primary_keyword, request.title)
    return None if is_beside else frame


def _with_variants(first: PlannedSection, request: OutlineRequest, spelling: Spelling) -> PlannedSection:
    """The first section, with the other words in which the piece as a whole is searched for."""
    primary, title = request.primary_keyword, request.title
    same = [
        spelling.of(keyword)
        for keyword in request.keywords
        if is_the_piece(keyword, primary, title) and title_key(keyword) not in ("", title_key(primary))
    ]
    return first.model_copy(update={"keywords": [*same, *first.keywords][:KEYWORDS_OF_A_FRAME]})


def _frames(request: OutlineRequest) -> tuple[Frame, ...]:
    """The frame of the structure. A list that ranks nothing, such as one of mistakes, is a list of its points."""
    structure = request.content_structure
    if structure == "Listicle" and request.keywords:
        asked_facets = (facet_of(request.title), facet_of(request.primary_keyword))
        return FRAMES[structure] if "choose" in asked_facets else PLAIN_LIST
    return FRAMES.get(structure) or FRAMES[_BY_TYPE.get(request.content_type, "Guide")]


def _section_topics(topics: Sequence[KeywordTopic], room: int) -> list[KeywordTopic]:
    """The topics that get a section: as many as there is room for, in the order in which a reader needs them."""
    statements = [topic for topic in topics if not topic.is_question]
    leading = sorted(
        (topic for topic in topics if topic.is_question and topic.facet in ("what", "how")),
        key=lambda topic: FACETS.index(topic.facet),
    )
    chosen = [*statements[:room], *leading[: max(2, room - len(statements))]][: room + 2]
    return sorted(chosen, key=lambda topic: FACETS.index(topic.facet))


def _options(request: OutlineRequest, spelling: Spelling) -> list[PlannedSection]:
    """A section for each side of a comparison by name."""
    if request.content_structure != "Comparison":
        return []
    sides = options_of(request.primary_keyword, request.title)
    return [
        PlannedSection(heading=as_heading(spelling.of(side), request.language), notes=OPTION_NOTES) for side in sides
    ]


def _section(topic: KeywordTopic) -> PlannedSection:
    return PlannedSection(
        heading=topic.heading, notes=FACET_NOTES.get(topic.facet, ""), keywords=topic.keywords[:KEYWORDS_OF_A_FRAME]
    )


def _framed(frame: Frame, topics: Sequence[KeywordTopic], language: str) -> PlannedSection:
    keywords = [
        keyword for topic in topics if topic.facet == "cost" or not topic.is_question for keyword in topic.keywords
    ]
    return PlannedSection(
        heading=heading_in(frame.key, language), notes=frame.notes, keywords=keywords[:KEYWORDS_OF_A_FRAME]
    )


def _distinct(sections: Sequence[PlannedSection]) -> list[PlannedSection]:
    """Each heading once; a note that an earlier section has is not said again."""
    distinct: list[PlannedSection] = []
    headings: set[str] = set()
    notes: set[str] = set()
    for section in sections:
        if section.heading.casefold() not in headings:
            distinct.append(section.model_copy(update={"notes": ""}) if section.notes in notes else section)
        headings.add(section.heading.casefold())
        notes.add(section.notes)
    return distinct


def _with_subject(
    sections: list[PlannedSection], body: Sequence[KeywordTopic], request: OutlineRequest
) -> list[PlannedSection]:
    """The sections with the subject named in one heading at least, where a topic can name it."""
    own = stems(request.primary_keyword)
    if not own or any(own <= stems(section.heading) for section in sections):
        return sections
    whole = {
        topic.heading: heading
        for topic in body
        if own <= stems(heading := whole_heading(topic, request.language)) and not topic.heading.startswith("For ")
    }
    for place, section in enumerate(sections):
        if section.heading in whole:
            named = section.model_copy(update={"heading": whole[section.heading]})
            return [*sections[:place], named, *sections[place + 1 :]]
    return sections
