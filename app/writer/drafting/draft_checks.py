"""Checks a draft against its brief. Pure, but for the language of its sentences: everything comes in as values.

Each check says in a sentence what it found, and where. `done` is as asked, `open` needs attention; nothing here stops a
publish, which has checks of its own.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import urljoin

from app.ai.builtin.keyword_facets import stems
from app.ai.builtin.names import LEAST_DESCRIPTION, is_short_description
from app.ai.builtin.outline_notes import normalised, placeholders_in
from app.ai.charging import count_words
from app.ai.values import SEO_DESCRIPTION_LENGTH, SEO_TITLE_LENGTH
from app.ai.wording import title_key
from app.content.links.verdicts import LinkVerdict
from app.core.html_scan import scan
from app.core.languages import N_, NN_, gettext, local_number, ngettext
from app.core.wording import counted, enumerated, sentences
from app.writer.drafting.draft_claims import without_source
from app.writer.drafting.draft_links import address_key, dead_link, is_unasked, link_problem
from app.writer.drafting.draft_text import DraftBlock, DraftText, Link, read_text
from app.writer.drafting.keyword_use import Words

TOLERANCE = 0.15
VERY_LIKE = 80
MOST_PLACES = 40
_GAP = re.compile(
    r"(?<=[a-z,;] )Your (?:company|business|brand|city|product|website|name)\b"
    r"|\b(?:Your|Our) (?:Company|Brand|Business|City|Product|Website|Name)(?: Name)?\b"
    r"|\b(?:Company|Brand|Product|City) Name\b"
    r"|\[(?:[A-Z][\w’']*(?: [\w’']+){1,6}|City|Name|Date|Price|Number|Year|Product|Source|Link|Image|Quote)\]"
    r"|(?<![\w{])\{[a-z][a-z_ ]{1,40}\}(?!\})|\bX{2,}\b(?! \d)|_{4,}"
    r"|\bas an AI(?: language)? model\b|\bas of my (?:last|latest) (?:update|knowledge)\b"
    r"|\bI (?:cannot|can’t|can't) browse\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the brief asks, as far as a text can be checked for it. `links` are titles by address."""

    length_words: int
    primary_keyword: str
    secondary_keywords: Sequence[str]
    sections: Sequence[tuple[str, Sequence[str]]]
    language: str
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteAddresses:
    """The site that a text is for: its address, and those of its live pages. `verdicts` are on those of other sites."""

    url: str
    pages: Collection[str]
    verdicts: Mapping[str, LinkVerdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SimilarContent:
    """Another content of the site and how alike it is, 0 to 100."""

    id: int
    title: str
    likeness: int


@dataclass(frozen=True, slots=True)
class TextLocation:
    """A place in the text: words to look for, why they are named, and whether they are in the text."""

    words: str
    why: str = ""
    is_there: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    key: str
    state: Literal["done", "open"]
    says: str
    places: tuple[TextLocation, ...] = ()
    alike: tuple[SimilarContent, ...] = ()


def check_draft(
    title: str,
    html: str,
    asked: Asked,
    addresses: SiteAddresses,
    similar: Sequence[SimilarContent] | None,
    notes: Sequence[str] = (),
    copied: Sequence[SimilarContent] = (),
) -> list[Check]:
    """All checks of a draft.

    `similar` is None while nothing was compared, `copied` has the contents with the same sentences. `notes` are the
    lines that still tell the writer what to write: they are to be filled in, and count as no text.
    """
    text = written_text(html, notes)
    checks: tuple[Callable[[], Check | None], ...] = (
        lambda: _length(text.as_html() if notes else html, asked),
        lambda: _headings(text, asked),
        lambda: _primary(title, text, asked),
        lambda: _secondary(text, asked),
        lambda: _links(text, addresses),
        lambda: _chosen_links(text, asked, addresses),
        lambda: _placeholders(title, html, notes),
        lambda: _claims(text, addresses.url),
        lambda: _similar_check(similar),
        lambda: _copied_check(copied),
    )
    return [finding for check in checks if (finding := check()) is not None]


def written_text(html: str, notes: Sequence[str]) -> DraftText:
    """The text without the notes that are left in it."""
    text, lines = read_text(html), {normalised(note) for note in notes}
    return DraftText([block for block in text.blocks if block.level or normalised(block.text) not in lines], text.ids)


def _check(key: str, problem: str, done: str, locations: Sequence[TextLocation] = ()) -> Check:
    state: Literal["done", "open"] = "open" if problem else "done"
    return Check(key, state, problem or done, tuple(locations[:MOST_PLACES]))


def _length(html: str, asked: Asked) -> Check:
    count, asked_words = count_words(html), asked.length_words
    sentence = gettext("%(count)s words, %(asked)s asked.", count=local_number(count), asked=local_number(asked_words))
    off = abs(count - asked_words)
    if off <= TOLERANCE * asked_words:
        return _check("length", "", sentence)
    few, much = NN_("%(num)s too few.", "%(num)s too few."), NN_("%(num)s too many.", "%(num)s too many.")
    return _check("length", sentences(sentence, counted(off, few if count < asked_words else much)), sentence)


def _headings(text: DraftText, asked: Asked) -> Check | None:
    if not asked.sections:
        return None
    blocks_found = [_heading_of(name, text.headings) for name, _keywords in asked.sections]
    missing = [name for (name, _keywords), block in zip(asked.sections, blocks_found, strict=True) if block is None]
    order = [text.headings.index(block) for block in blocks_found if block is not None]
    moved = [text.headings[place].text for place in sorted(set(order)) if not _is_in_order(order, place)]
    problems = []
    if missing:
        lack = NN_("%(num)s heading of the outline is missing.", "%(num)s headings of the outline are missing.")
        problems.append(counted(len(missing), lack))
    if moved:
        elsewhere = NN_("%(num)s heading stands in another place.", "%(num)s headings stand in another place.")
        problems.append(counted(len(moved), elsewhere))
    locations = [TextLocation(name, gettext("missing")) for name in missing] + [
        TextLocation(name, gettext("in another place"), is_there=True) for name in moved
    ]
    return _check("headings", sentences(*problems), gettext("All headings of the outline, in order."), locations)


def _heading_of(name: str, headings: Sequence[DraftBlock]) -> DraftBlock | None:
    """The heading of the text that matches the outline's, word for word or nearly."""
    key, words = title_key(name), stems(name)
    exact = next((block for block in headings if title_key(block.text) == key), None)
    if exact is not None:
        return exact

    def likeness(block: DraftBlock) -> float:
        theirs = stems(block.text)
        shared = len(words & theirs) / max(1, len(words | theirs))
        return max(shared, SequenceMatcher(None, key, title_key(block.text)[:400], autojunk=False).ratio() - 0.1)

    best = max(headings[:200], key=likeness, default=None)
    return best if best is not None and likeness(best) >= 0.7 else None


def _is_in_order(order: Sequence[int], place: int) -> bool:
    """Whether a heading is in the longest run of headings in the outline's order."""
    best: list[list[int]] = []
    for number in order:
        before = [run for run in best if run[-1] < number]
        best.append([*max(before, key=len, default=[]), number])
    return place in max(best, key=len, default=[])


def _primary(title: str, text: DraftText, asked: Asked) -> Check | None:
    keyword = asked.primary_keyword
    if not keyword.strip():
        return None
    headings = "\n".join(block.text for block in text.headings)
    parts = (
        (gettext("the title"), title),
        (gettext("the first paragraph"), text.first_paragraph),
        (gettext("a heading"), headings),
    )
    lacking = [name for name, part in parts if not Words(part, asked.language).has(keyword)]
    problem = gettext("“%(keyword)s” is not in %(places)s.", keyword=keyword, places=_or(lacking)) if lacking else ""
    name = gettext("the first paragraph")
    first = text.first_paragraph[:160] if name in lacking else ""
    locations = [TextLocation(first, name)] if first else []
    done = gettext("“%(keyword)s” is in the title, the first paragraph and a heading.", keyword=keyword)
    return _check("primary", problem, done, locations)


def _or(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return gettext("%(first)s or %(second)s", first=", ".join(names[:-1]), second=names[-1])


def _secondary(text: DraftText, asked: Asked) -> Check | None:
    """Check the secondary keywords: those of a section in that section, the others anywhere."""
    whole = Words("\n".join(block.text for block in text.blocks), asked.language)
    in_sections = {title_key(keyword) for _name, keywords in asked.sections for keyword in keywords}
    loose = [keyword for keyword in asked.secondary_keywords if title_key(keyword) not in in_sections]
    locations = [TextLocation(keyword, gettext("nowhere")) for keyword in loose if not whole.has(keyword)]
    for name, keywords in asked.sections:
        heading = _heading_of(name, text.headings)
        section = Words(text.section(heading), asked.language) if heading is not None else whole
        for keyword in keywords:
            if not section.has(keyword):
                why = gettext("not under “%(name)s”", name=name) if whole.has(keyword) else gettext("nowhere")
                locations.append(TextLocation(keyword, why))
    total = len(loose) + sum(len(keywords) for _name, keywords in asked.sections)
    if not total:
        return None
    count = len(locations)
    problem = ngettext(
        "%(num)s of %(total)s keywords is not where the brief has them.",
        "%(num)s of %(total)s keywords are not where the brief has them.",
        count,
        total=local_number(total),
    )
    done = counted(total, NN_("All %(num)s keyword in their places.", "All %(num)s keywords in their places."))
    return _check("secondary", problem if count else "", done, locations)


def _links(text: DraftText, addresses: SiteAddresses) -> Check:
    pages = {address_key(page) for page in (*addresses.pages, addresses.url)}
    locations = [
        TextLocation(link.words or link.address, why)
        for link in text.links
        if (why := _link_problem(link, text, addresses, pages))
    ]
    unasked = [
        TextLocation(link.words or link.address, gettext("not asked yet"))
        for link in text.links
        if is_unasked(link, addresses.url, addresses.verdicts) and not _link_problem(link, text, addresses, pages)
    ]
    dead = NN_("%(num)s link leads nowhere that is known.", "%(num)s links lead nowhere that is known.")
    to_ask = NN_(
        "%(num)s link to another site was not asked yet whether it is there.",
        "%(num)s links to other sites were not asked yet whether they are there.",
    )
    none_dead = NN_(
        "%(num)s link, none to a page that is not there.", "%(num)s links, none to a page that is not there."
    )
    count = len(text.links)
    problem = sentences(
        counted(len(locations), dead) if locations else "", counted(len(unasked), to_ask) if unasked else ""
    )
    done = counted(count, none_dead) if count else gettext("No links.")
    return _check("links", problem, done, [*locations, *unasked])


def _link_problem(link: Link, text: DraftText, addresses: SiteAddresses, pages: Collection[str]) -> str:
    problem = link_problem(link, text.ids, addresses.url, pages)
    return problem or dead_link(link, addresses.url, addresses.verdicts)


def _chosen_links(text: DraftText, asked: Asked, addresses: SiteAddresses) -> Check | None:
    if not asked.links:
        return None
    linked = {address_key(urljoin(f"{addresses.url}/", link.address)) for link in text.links}
    lacking = [title for address, title in asked.links.items() if address_key(address) not in linked]
    problem = ngettext(
        "%(lacking)s of %(num)s chosen page not linked to yet.",
        "%(lacking)s of %(num)s chosen pages not linked to yet.",
        len(asked.links),
        lacking=len(lacking),
    )
    locations = [TextLocation(title, gettext("not linked to")) for title in lacking]
    done = gettext("All chosen pages are linked to.")
    return _check("chosen_links", problem if lacking else "", done, locations)


def _placeholders(title: str, html: str, notes: Sequence[str]) -> Check:
    lines = scan(f"<p>{title}</p>{html}")
    words = [*placeholders_in(lines), *(match[0] for line in lines.lines for match in _GAP.finditer(line))]
    locations = [TextLocation(word) for word in dict.fromkeys(words)]
    to_write = NN_("%(num)s note of the outline to write out.", "%(num)s notes of the outline to write out.")
    to_fill = NN_("%(num)s placeholder to fill in.", "%(num)s placeholders to fill in.")
    problem = sentences(
        counted(len(notes), to_write) if notes else "", counted(len(locations), to_fill) if locations else ""
    )
    return _check("placeholders", problem, gettext("No placeholders."), [*locations, *map(TextLocation, notes)])


def _claims(text: DraftText, site_url: str) -> Check:
    locations = [TextLocation(sentence) for sentence in without_source(text, site_url)]
    unsourced = NN_(
        "%(num)s sentence with a figure or claim names no source.",
        "%(num)s sentences with a figure or claim name no source.",
    )
    problem = counted(len(locations), unsourced) if locations else ""
    return _check("claims", problem, gettext("No figure or claim without a source was found."), locations)


def _similar_check(similar: Sequence[SimilarContent] | None) -> Check | None:
    if similar is None:
        return None
    close = tuple(other for other in similar if other.likeness >= VERY_LIKE)
    if close:
        others = NN_(
            "%(num)s other piece of the site may serve the same search.",
            "%(num)s other pieces of the site may serve the same search.",
        )
        return Check("alike", "open", counted(len(close), others), alike=close)
    says = gettext("No other piece of the site serves the same search.")
    return Check("alike", "done", says, alike=tuple(similar[:3]))


def _copied_check(copied: Sequence[SimilarContent]) -> Check | None:
    if not copied:
        return None
    first = copied[0]
    says = gettext(
        "%(likeness)s %% of the same sentences as “%(title)s”.",
        likeness=first.likeness,
        title=first.title or gettext("Untitled"),
    )
    return Check("copied", "open", says, alike=tuple(copied))


def search_result(seo_title: str, seo_description: str) -> Check:
    """Check what search results show against the room that they have."""
    problems = []
    if not 1 <= len(seo_title) <= SEO_TITLE_LENGTH:
        problems.append(
            gettext(
                "The SEO title has %(length)s characters, 1 to %(most)s fit.",
                length=local_number(len(seo_title)),
                most=SEO_TITLE_LENGTH,
            )
        )
    length = len(seo_description)
    if length > SEO_DESCRIPTION_LENGTH or is_short_description(seo_description):
        problems.append(
            gettext(
                "The SEO description has %(length)s characters, %(least)s to %(most)s fit.",
                length=local_number(length),
                least=LEAST_DESCRIPTION,
                most=SEO_DESCRIPTION_LENGTH,
            )
        )
    done = gettext(
        "SEO title and description fit: %(title)s and %(description)s.", title=len(seo_title), description=length
    )
    return _check("search", sentences(*problems), done)


FIELDS = {
    "excerpt": N_("excerpt"),
    "slug": N_("slug"),
    "seo_title": N_("SEO title"),
    "seo_description": N_("SEO description"),
}


def written_by_rule(names: Collection[str]) -> list[Check]:
    """Check for what no model wrote: fields made from the text, and a missing introduction."""
    made = [gettext(words) for name, words in FIELDS.items() if name in names]
    problems = []
    if made:
        fields = enumerated(made)
        problems.append(gettext("The model left out the %(fields)s: made of the text, to be looked at.", fields=fields))
    if "introduction" in names:
        problems.append(gettext("The model wrote no introduction."))
    return [_check("by_rule", sentences(*problems), "")] if problems else []
