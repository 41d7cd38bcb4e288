"""What an editor checks before a publish, for a text as it is in the editor. Pure.

An item `blocks` when the publish would stop at it, is `advice` when it would not, and `fine` when there is nothing to
do.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal
from urllib.parse import urljoin

from app.core import html_tree
from app.core.html_scan import is_refused_address
from app.core.languages import NN_, gettext, local_number, ngettext
from app.core.wording import counted
from app.publishing.checks.editor_draft import Draft, EditorLocation
from app.publishing.checks.keyword_places import IN_PLACES, KeywordUse, keyword_uses
from app.writer.drafting.draft_links import address_key, dead_link, is_of_site, link_problem
from app.writer.drafting.draft_text import DraftBlock, DraftText, Link, read_text

LONG = 300  # words without a heading
DESCRIPTION = 160  # characters of which search engines show most
MOST_PLACES = 30
Finding = Mapping[str, Any]
State = Literal["blocks", "advice", "fine"]
# Where the editor shows what the pre-flight names in another way.
FIELDS = {"content": "content", "taxonomy": "taxonomy", "images": "upload-images"}


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the list: `says` is a sentence on what was found, `cure` on what to do."""

    title: str
    state: State
    says: str
    places: Sequence[EditorLocation] = ()
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the outline, and what is wrong with its level."""

    level: int
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CheckedLink:
    """A link of the text: whether it stays on the site, and why it leads nowhere."""

    words: str
    address: str
    is_internal: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """All that the editor shows next to a text."""

    items: Sequence[ChecklistItem]
    headings: Sequence[Heading]
    links: Sequence[CheckedLink]
    keywords: Sequence[KeywordUse]

    def count(self, state: State) -> int:
        """How many items are in this state."""
        return sum(item.state == state for item in self.items)


def checklist(draft: Draft, problems: Sequence[Finding], warnings: Sequence[Finding]) -> Checklist:
    """Judge a draft; `problems` and `warnings` are those of `app.publishing.checks.preflight`."""
    text = read_text(draft.html)
    alts = image_alts(draft.html)
    headings = _headings(text)
    links = _links(text, draft)
    keywords = keyword_uses(draft, text, [alt for alt in alts if alt])
    items = [
        *(_of_preflight(problem, "blocks") for problem in problems),
        _outline(text, headings),
        _alt_texts(draft, alts),
        *_keyword(keywords),
        _dead_links(links),
        _description(draft),
        *_featured(draft),
        *(_of_preflight(warning, "advice") for warning in warnings),
    ]
    order = {"blocks": 0, "advice": 1, "fine": 2}
    return Checklist(sorted(items, key=lambda item: order[item.state]), headings, links, keywords)


def image_alts(html: str) -> list[str]:
    """The alternative text of each image in a text, in order."""
    if "<img" not in html.lower() or html_tree.is_too_deep(html):
        return []
    return [(node.attributes.get("alt") or "").strip() for node in html_tree.parsed(html).css("img")]


def _of_preflight(finding: Finding, state: State) -> ChecklistItem:
    field = str(finding.get("field") or "").split(".")[0]
    lines = (finding.get("details") or {}).get("lines") or []
    places = [EditorLocation(str(line)) for line in lines] if field == "content" else []
    if not places and field not in ("", "site"):
        places = [EditorLocation(gettext("Go there"), field=FIELDS.get(field, field))]
    return ChecklistItem("", state, str(finding["message"]), places[:MOST_PLACES], str(finding.get("cure") or ""))


def _headings(text: DraftText) -> list[Heading]:
    before, headings = 1, []
    for block in text.headings:
        headings.append(Heading(block.level, block.text, _level_problem(block, before)))
        before = max(block.level, 1)
    return headings


def _level_problem(block: DraftBlock, before: int) -> str:
    if block.level == 1:
        return gettext("a heading 1 in the text: the title is one already")
    if block.level > before + 1:
        if before == 1:
            return gettext("begins with a heading %(level)s", level=block.level)
        return gettext("a heading %(level)s after a heading %(before)s", level=block.level, before=before)
    return ""


def _outline(text: DraftText, headings: Sequence[Heading]) -> ChecklistItem:
    title = gettext("Headings")
    places = [EditorLocation(heading.text, heading.problem) for heading in headings if heading.problem]
    if places:
        says = counted(len(places), NN_("%(num)s heading out of order.", "%(num)s headings out of order."))
        return ChecklistItem(title, "advice", says, places[:MOST_PLACES])
    count = sum(len(block.text.split()) for block in text.blocks)
    if not headings and count > LONG:
        says = counted(count, NN_("%(num)s word without a heading.", "%(num)s words without a heading."))
        return ChecklistItem(title, "advice", says)
    in_order = NN_("%(num)s heading, in order.", "%(num)s headings, in order.")
    return ChecklistItem(title, "fine", counted(len(headings), in_order) if headings else gettext("None needed."))


def _alt_texts(draft: Draft, alts: Sequence[str]) -> ChecklistItem:
    title = gettext("Images")
    in_text = [
        EditorLocation(gettext("Image %(number)s in the text", number=number + 1), image=number)
        for number, alt in enumerate(alts)
        if not alt
    ]
    listed = [
        EditorLocation(image.name, field=f"image-{image.id}-alt")
        for image in draft.images
        if image.role != "inline" and not image.alt.strip()
    ]
    places = [*in_text, *listed]
    if places:
        lack = NN_("%(num)s image without alternative text.", "%(num)s images without alternative text.")
        return ChecklistItem(title, "advice", counted(len(places), lack), places[:MOST_PLACES])
    count = len(alts) + sum(image.role != "inline" for image in draft.images)
    described = NN_("%(num)s image, all described.", "%(num)s images, all described.")
    return ChecklistItem(title, "fine", counted(count, described) if count else gettext("No images."))


def _keyword(uses: Sequence[KeywordUse]) -> Iterator[ChecklistItem]:
    if not uses:
        place = EditorLocation(gettext("Choose a focus keyword"), field="focus_keywords")
        yield ChecklistItem(gettext("Focus keyword"), "advice", gettext("None is chosen."), [place])
        return
    use = uses[0]
    if use.missing:
        says = gettext("“%(keyword)s” is not in %(places)s.", keyword=use.keyword, places=_any_of(use.missing))
        yield ChecklistItem(gettext("Focus keyword"), "advice", says, use.lacking)
    else:
        yield ChecklistItem(
            gettext("Focus keyword"),
            "fine",
            gettext("“%(keyword)s” is where search engines look.", keyword=use.keyword),
        )


def _any_of(names: Sequence[str]) -> str:
    """Names of places, joined: `the title or the slug`."""
    words = [gettext(IN_PLACES[name]) for name in names]
    return reduce(lambda first, second: gettext("%(first)s or %(second)s", first=first, second=second), words)


def _links_words(inside: int, outside: int) -> str:
    return ngettext(
        "%(num)s link within the site, %(outside)s to others.",
        "%(num)s links within the site, %(outside)s to others.",
        inside,
        outside=local_number(outside),
    )


def _links(text: DraftText, draft: Draft) -> list[CheckedLink]:
    pages = {address_key(page) for page in (*draft.pages, draft.site_url)}
    return [_checked(link, text, draft, pages) for link in text.links]


def _checked(link: Link, text: DraftText, draft: Draft, pages: Collection[str]) -> CheckedLink:
    problem = link_problem(link, text.ids, draft.site_url, pages) or dead_link(link, draft.site_url, draft.verdicts)
    is_internal = bool(link.address) and is_of_site(urljoin(f"{draft.site_url}/", link.address), draft.site_url)
    return CheckedLink(link.words, link.address, is_internal, problem)


def _dead_links(links: Sequence[CheckedLink]) -> ChecklistItem:
    dead = [link for link in links if link.problem and not is_refused_address(link.address)]  # those stop a publish
    places = [EditorLocation(link.words or link.address, link.problem) for link in dead]
    if places:
        says = counted(
            len(places),
            NN_("%(num)s link leads nowhere that is known.", "%(num)s links lead nowhere that is known."),
        )
        return ChecklistItem(gettext("Links"), "advice", says, places[:MOST_PLACES])
    inside = sum(link.is_internal for link in links)
    if not inside:
        return ChecklistItem(gettext("Links"), "advice", gettext("No link to another page of the site."))
    return ChecklistItem(gettext("Links"), "fine", _links_words(inside, len(links) - inside))


def _description(draft: Draft) -> ChecklistItem:
    title = gettext("SEO description")
    place = [EditorLocation(title, field="seo_description")]
    length = len(draft.seo_description.strip())
    if not length:
        says = gettext("Empty: search engines choose a passage of the text.")
        return ChecklistItem(title, "advice", says, place)
    if length > DESCRIPTION:
        says = gettext("%(length)s characters: search results cut it at about 160.", length=length)
        return ChecklistItem(title, "advice", says, place)
    return ChecklistItem(title, "fine", counted(length, NN_("%(num)s character.", "%(num)s characters.")))


def _featured(draft: Draft) -> Iterator[ChecklistItem]:
    if draft.wants_image and not any(image.role == "featured" for image in draft.images):
        place = EditorLocation(gettext("Add one"), field="upload-images")
        yield ChecklistItem(
            gettext("Featured image"), "advice", gettext("None: lists and social networks show no picture."), [place]
        )
