"""An outline draft made from a task and its plan, without a key. Deterministic.

It is a plan for a writer, not finished text: each section says what to cover and which searches it answers. Readers of
the app see it labelled as an outline.
"""

from app.ai.builtin.keyword_facets import asks
from app.ai.builtin.keyword_topics import related
from app.ai.builtin.languages import language_of
from app.ai.builtin.names import first_that_shows, search_description
from app.ai.builtin.outline_frames import heading_in
from app.ai.builtin.outlines import outline
from app.ai.markup import block_html as blocks
from app.ai.plans import OutlineRequest, PlannedSection
from app.ai.tasks.draft import DraftRequest, DraftResult
from app.ai.values import SEO_TITLE_LENGTH
from app.ai.wording import as_written, first_that_fits, join_words, sentence_case, title_key

MAX_KEYWORDS = 12
_NOTE = "Outline: replace each note with your own text."
_PRIMARY = "Primary keyword “{k}”: in the title, the first paragraph and one heading."
_OPENING = "Say what the reader will know at the end, and answer first what most came for."
_SEARCHED = "Searches that this section answers: {k}."
_WRITE = "What this section has to say, in your own words."
_FAQ = "Two to four sentences each; the first one answers, the rest explains."
_ANSWER = "Answer first, then the reason."
_CLOSE = "Repeat the main answer in two sentences and name the one next step for the reader."
_LINKS = "Pages of your site to link to, where they help:"
# What an outline says to its writer, besides the notes of its sections (`outline_notes` knows them again).
SENTENCES = (_NOTE, _PRIMARY, _OPENING, _SEARCHED, _WRITE, _FAQ, _ANSWER, _CLOSE, _LINKS)
_CLOSED = frozenset(("Guide", "Tutorial", "Listicle", "Comparison", "Review", "Case Study"))
_PROMISES = {
    "Tutorial": "what you need, each step in order, and what to do when something does not work",
    "Listicle": "our shortlist, how we chose, and which entry suits whom",
    "Comparison": "the differences that matter side by side, and how to decide",
    "Review": "what is good, what is not, and what else to consider",
    "Case Study": "the starting point, what was done, and the result in figures",
    "News": "what happened, why it matters and what comes next",
    "Landing Page": "what you get, how it works and what it costs",
    "Service Page": "what you get, how it works and what it costs",
    "About Page": "who we are, what we stand for and how to reach us",
    "Product Page": "what it is for, its features and its specifications",
    "Archive Page": "what belongs here and where to begin",
}
_PROMISE = "the short answer, what matters most, and the questions that readers ask"


def draft(request: DraftRequest) -> DraftResult:
    """An outline for the task, as blocks."""
    request = planned(request)
    keywords = [request.primary_keyword] if request.primary_keyword else []
    return DraftResult(
        title=request.title,
        content_html=blocks.join(_parts(request)),
        excerpt=seo_description(request),  # the description is a note, not for readers
        seo_title=seo_title(request.title, request.site_name),
        seo_description=seo_description(request),
        focus_keywords=[*keywords, *_secondary(request)[:3]],
        is_outline=True,
    )


def planned(request: DraftRequest) -> DraftRequest:
    """The request with sections and questions, made up where it has none."""
    if request.outline:
        return request
    texts = [request.title, request.primary_keyword, *request.keywords]
    plan = outline(
        OutlineRequest(
            title=request.title,
            content_type=request.content_type,
            content_structure=request.content_structure,
            primary_keyword=request.primary_keyword,
            keywords=related(request.keywords, request.primary_keyword, request.title),
            length_words=request.length_words,
            language=request.language or language_of(texts),
        )
    )
    return request.model_copy(update={"outline": plan.sections, "questions": request.questions or plan.questions})


def _parts(request: DraftRequest) -> list[str]:
    language = request.language or language_of([request.title, request.primary_keyword, *request.keywords])
    parts = [_note(request), *_lines(request.description or _OPENING)]
    if request.primary_keyword:
        primary = _PRIMARY.replace("{k}", as_written(request.primary_keyword))
        parts.append(blocks.paragraph(f"<em>{blocks.escape_text(primary)}</em>"))
    for section in request.outline:
        parts += [blocks.heading(section.heading), *_section_body(section)]
    if request.questions:
        parts += [blocks.heading(heading_in("faq", language)), *_lines(_FAQ)]
    for question in request.questions:
        parts += [blocks.heading(question, 3), blocks.paragraph(_ANSWER)]
    if request.content_structure in _CLOSED:
        parts += [blocks.heading(heading_in("close", language)), blocks.paragraph(_CLOSE)]
    return parts + _links(request)


def _note(request: DraftRequest) -> str:
    voice = [f"Tone: {request.tone}."] if request.tone else []
    place = [f"Readers in {request.country}."] if request.country else []
    persona = [f"Persona: {request.persona.splitlines()[0]}."] if request.persona else []
    advice = " ".join([_NOTE, f"About {request.length_words:,} words.", *voice, *persona, *place])
    return blocks.paragraph(f"<em>{blocks.escape_text(advice)}</em>")


def _section_body(section: PlannedSection) -> list[str]:
    parts = _lines(section.notes)
    if section.keywords:
        searched = ", ".join(f"“{keyword}”" for keyword in section.keywords)
        parts += _lines(_SEARCHED.replace("{k}", searched))
    return parts or _lines(_WRITE)


def _lines(text: str) -> list[str]:
    """Lines as paragraphs; those that begin with a dash, as a list."""
    parts: list[str] = []
    points: list[str] = []
    for line in [*filter(None, map(str.strip, text.splitlines())), ""]:
        if line.startswith(("- ", "* ", "• ")):
            points.append(blocks.escape_text(line[2:].strip()))
            continue
        if points:
            parts.append(blocks.bullets(points))
            points = []
        if line:
            parts.append(blocks.paragraph(blocks.escape_text(line)))
    return parts


def _links(request: DraftRequest) -> list[str]:
    if not request.links:
        return []
    items = [
        f'<a href="{blocks.escape_attribute(link.url)}">{blocks.escape_text(link.title)}</a>' for link in request.links
    ]
    return [blocks.paragraph(f"<em>{_LINKS}</em>"), blocks.bullets(items)]


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


def seo_title(title: str, site_name: str = "") -> str:
    """At most 60 characters; with the site's name when it fits."""
    full_title = sentence_case(title)
    short = full_title.split(": ", 1)[0]
    with_site = [f"{full_title} | {site_name}"] if site_name else []
    return first_that_fits(
        [*with_site, full_title, *([short] if len(short) >= 20 else []), full_title], SEO_TITLE_LENGTH
    )


def seo_description(request: DraftRequest) -> str:
    """121 to 155 characters where its sections have as many: what the piece holds."""
    return search_description(_promise(request), " · ".join(section.heading for section in request.outline))


def _promise(request: DraftRequest) -> str:
    """What search results show whole, where it can be. In English a sentence; else title and what the piece answers."""
    texts = [request.title, request.primary_keyword, *request.keywords]
    language = request.language or language_of(texts)
    topics = [keyword for keyword in _secondary(request) if not asks(keyword)]
    title = sentence_case(request.title).rstrip(" .")
    ending = "" if title[-1:] in "?!？！؟" else "."
    if language != "en":
        return first_that_shows([f"{title}{ending} {' · '.join(topics[:3])}".strip(), title])
    promise = sentence_case(_PROMISES.get(request.content_structure, _PROMISE))
    lead = f"{title}{ending} {promise}"
    with_topics = [f"{lead}, with {join_words(topics[:count])}." for count in (3, 2, 1) if len(topics) >= count]
    subject = sentence_case(request.primary_keyword or request.title).strip(" ?.!")
    return first_that_shows([*with_topics, f"{lead}.", f"{subject}: {promise.lower()}."])
