"""An outline draft made from a task and its keywords, without a key. Deterministic.

It is a plan for a writer, not finished text: every section says what to cover, which questions
to answer and where the keywords belong. Readers of the app see it labelled as an outline.
"""

from app.ai import block_html as blocks
from app.ai.builtin_outlines import FAQ, OUTLINES, Section
from app.ai.provider import (
    SEO_DESCRIPTION_LENGTH,
    SEO_TITLE_LENGTH,
    DraftRequest,
    DraftResult,
)
from app.ai.wording import as_written, first_that_fits, is_question, joined, sentence_case, title_key

MAX_KEYWORDS = 12
MAX_QUESTIONS = 6
_BY_TYPE = {"Page": "Landing Page", "Product": "Product Page", "Taxonomy": "Archive Page"}
_FOLLOW_UP = (
    "What is the most important thing to know about {k}?",
    "How much does {k} cost, in money and in time?",
    "What are common mistakes with {k}?",
    "What are good alternatives?",
)
_NOTE = "Outline: replace each note with your own text."
_OPENING = "Introduce {k} and say what the reader will know at the end."
_SEARCHED = "Say what a reader who searched for “{k}” came to find out."
_ANSWER = "Answer first, then the reason."
_CLOSE = "Repeat the main answer in two sentences and name the one next step for the reader."
_KEYWORDS = "Keywords to use, for you only: remove this list before you publish."
_MAIN_KEYWORD = "{k}: title, first paragraph, one heading"
_KEYWORD = "{k}: once, where it fits"
# What an outline says to its writer, besides the briefs of its sections (app/ai/outline_notes.py knows them again).
SENTENCES = (_NOTE, _OPENING, _SEARCHED, _ANSWER, _CLOSE, _KEYWORDS, _MAIN_KEYWORD, _KEYWORD)


def _subject(request: DraftRequest) -> str:
    return as_written(request.primary_keyword or request.cluster_name or request.title).strip(" ?.!")


def _secondary(request: DraftRequest) -> list[str]:
    """Keywords besides the primary one, each once, in the order given."""
    seen = {title_key(request.primary_keyword)}
    secondary = []
    for keyword in request.keywords:
        key = title_key(keyword)
        if key and key not in seen:
            seen.add(key)
            secondary.append(as_written(keyword))
    return secondary[:MAX_KEYWORDS]


def _note(request: DraftRequest) -> str:
    voice = [f"Tone: {request.tone}."] if request.tone else []
    place = [f"Readers in {request.country}."] if request.country else []
    advice = " ".join([_NOTE, *voice, *place])
    return blocks.paragraph(f"<em>{blocks.escape_text(advice)}</em>")


def _fill(text: str, subject: str) -> str:
    filled = text.replace("{k}", subject)
    return filled[:1].upper() + filled[1:] if text.startswith("{k}") else filled


def _body(section: Section, subject: str) -> str:
    points = [_fill(point, subject) for point in section.points]
    if section.shape == "table":
        width = len(section.columns) - 1
        return blocks.table(section.columns, [[point, *[""] * width] for point in points])
    return blocks.bullets([blocks.escape_text(point) for point in points], ordered=section.shape == "steps")


def _section(section: Section, subject: str, keywords: list[str]) -> list[str]:
    brief = blocks.escape_text(_fill(section.brief, subject))
    parts = [blocks.heading(_fill(section.heading, subject)), blocks.paragraph(brief), _body(section, subject)]
    for keyword in keywords:
        parts.append(blocks.heading(sentence_case(keyword), 3))
        parts.append(blocks.paragraph(blocks.escape_text(_SEARCHED.replace("{k}", keyword))))
    return parts


def _spread(keywords: list[str], sections: int) -> list[list[str]]:
    """Keywords shared out over the sections after the first and before the last, at most two each."""
    shares: list[list[str]] = [[] for _ in range(sections)]
    places = list(range(1, max(2, sections - 1)))
    for number, keyword in enumerate(keywords[: 2 * len(places)]):
        shares[min(places[number % len(places)], sections - 1)].append(keyword)
    return shares


def _questions(request: DraftRequest, subject: str) -> list[str]:
    questions = [sentence_case(k).rstrip("?") + "?" for k in _secondary(request) if is_question(k)]
    follow_ups = [] if is_question(subject) else [question.format(k=subject) for question in _FOLLOW_UP]
    return [*questions, *follow_ups, "Where can I learn more?"][:MAX_QUESTIONS]


def _faq(request: DraftRequest, subject: str) -> list[str]:
    parts = [blocks.heading(FAQ.heading), blocks.paragraph(FAQ.brief)]
    for question in _questions(request, subject):
        parts.append(blocks.heading(question, 3))
        parts.append(blocks.paragraph(_ANSWER))
    return parts


def _keyword_list(request: DraftRequest, subject: str) -> list[str]:
    items = [_MAIN_KEYWORD.replace("{k}", f"<strong>{blocks.escape_text(subject)}</strong>")]
    items += [_KEYWORD.replace("{k}", blocks.escape_text(keyword)) for keyword in _secondary(request)]
    return [blocks.paragraph(f"<em>{_KEYWORDS}</em>"), blocks.bullets(items)]


def _opening(request: DraftRequest, subject: str) -> str:
    angle = request.description or _OPENING.replace("{k}", subject)
    return blocks.paragraph(blocks.escape_text(angle))


def _close() -> list[str]:
    return [
        blocks.heading("In short"),
        blocks.paragraph(_CLOSE),
    ]


def _html(request: DraftRequest, subject: str) -> str:
    structure = request.content_structure if request.content_structure in OUTLINES else ""
    sections = OUTLINES[structure or _BY_TYPE.get(request.content_type, "Guide")]
    topical = [keyword for keyword in _secondary(request) if not is_question(keyword)]
    parts = [_note(request), _opening(request, subject)]
    for section, keywords in zip(sections, _spread(topical, len(sections)), strict=True):
        parts += _section(section, subject, keywords)
    parts += _faq(request, subject) + _close() + _keyword_list(request, subject)
    return blocks.join(parts)


def seo_title(title: str, site_name: str = "") -> str:
    """At most 60 characters; with the site's name when it fits."""
    full_title = sentence_case(title)
    short = full_title.split(": ", 1)[0]
    with_site = [f"{full_title} | {site_name}"] if site_name else []
    return first_that_fits(
        [*with_site, full_title, *([short] if len(short) >= 20 else []), full_title], SEO_TITLE_LENGTH
    )


def seo_description(request: DraftRequest, subject: str) -> str:
    """At most 155 characters, with the primary keyword and the first secondary ones."""
    secondary = joined(_secondary(request)[:2])
    lead = f"{sentence_case(subject)}: {_promise(request)}"
    return first_that_fits([f"{lead} Also: {secondary}." if secondary else lead, lead], SEO_DESCRIPTION_LENGTH)


def _promise(request: DraftRequest) -> str:
    promises = {
        "Tutorial": "what you need, each step, and what to do when it does not work.",
        "Listicle": "our shortlist, how we chose, and which entry suits whom.",
        "Comparison": "the differences that matter, side by side, and how to decide.",
        "Review": "what is good, what is not, and what else to consider.",
        "Case Study": "the starting point, what was done, and the result in figures.",
        "Landing Page": "what you get, how it works, and what it costs.",
        "Product Page": "what it is for, its features and specifications.",
    }
    return promises.get(request.content_structure, "the short answer, what matters most, and how to go about it.")


def draft(request: DraftRequest) -> DraftResult:
    """An outline for the task, as blocks."""
    subject = _subject(request)
    keywords = [request.primary_keyword] if request.primary_keyword else []
    return DraftResult(
        title=request.title,
        content_html=_html(request, subject),
        excerpt=seo_description(request, subject),  # the description is a brief, not for readers
        seo_title=seo_title(request.title, request.site_name),
        seo_description=seo_description(request, subject),
        focus_keywords=[*keywords, *_secondary(request)[:3]],
        is_outline=True,
    )
