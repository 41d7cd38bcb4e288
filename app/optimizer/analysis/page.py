"""What search engines see of a page besides its keyphrase: length, headings, title, description, links, images."""

from urllib.parse import urljoin, urlsplit

from app.core.languages import gettext, ngettext
from app.core.letter_widths import MOST_TITLE_PIXELS, pixels_of
from app.optimizer.analysis.judging import judged, not_applicable
from app.optimizer.analysis.text import DocumentText, LinkInText
from app.optimizer.analysis.types import Assessment, Document, Group, Rating

LEAST_WORDS, FEW_WORDS = 300, 250
DESCRIPTION = range(121, 157)
SEO = Group.SEO


def assess_page(document: Document, text: DocumentText) -> list[Assessment]:
    """All that needs no keyphrase."""
    inside, outside = links_by_side(document, text)
    return [
        _text_length(text),
        _title_width(document),
        _description_length(document),
        _single_h1(text),
        _links(
            "internal_links", gettext("Internal links"), inside, gettext("Link to pages of your own on the subject.")
        ),
        _links(
            "outbound_links",
            gettext("Outbound links"),
            outside,
            gettext("Link to a source or a helpful page elsewhere."),
        ),
        _alt_texts(document, text),
    ]


def links_by_side(document: Document, text: DocumentText) -> tuple[list[LinkInText], list[LinkInText]]:
    """Links within the site and to other sites; those within the page, and to mail and telephones, are neither."""
    inside: list[LinkInText] = []
    outside: list[LinkInText] = []
    own = _host(document.site_url)
    for link in text.links:
        if not link.address or link.address.startswith("#"):
            continue
        try:
            parts = urlsplit(urljoin(f"{document.site_url or 'https://site.invalid'}/", link.address))
        except ValueError:
            continue
        if parts.scheme in ("http", "https"):
            is_own = not urlsplit(link.address).netloc or (parts.hostname or "").removeprefix("www.") == own
            (inside if is_own else outside).append(link)
    return inside, outside


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _text_length(text: DocumentText) -> Assessment:
    count = text.word_count
    rating = Rating.GOOD if count >= LEAST_WORDS else Rating.OK if count >= FEW_WORDS else Rating.BAD
    return judged(
        "text_length",
        SEO,
        gettext("Text length"),
        rating,
        ngettext("The text has %(num)s word.", "The text has %(num)s words.", count),
        measured=count,
        cure=gettext("Write at least %(least)s words on the subject.", least=LEAST_WORDS),
        weight=2,
    )


def _title_width(document: Document) -> Assessment:
    name, width = gettext("Width of the title"), pixels_of(document.shown_title)
    if not width:
        return judged(
            "title_width",
            SEO,
            name,
            Rating.BAD,
            gettext("There is no title."),
            cure=gettext("Write one."),
            field="title",
        )
    return judged(
        "title_width",
        SEO,
        name,
        Rating.GOOD if width <= MOST_TITLE_PIXELS else Rating.BAD,
        gettext(
            "The title is %(width)s pixels wide; search results show %(most)s.", width=width, most=MOST_TITLE_PIXELS
        ),
        measured=width,
        cure=gettext("Make it shorter, or write a shorter SEO title: its end is cut off."),
        field="seo_title" if document.seo_title else "title",
        weight=2,
    )


def _single_h1(text: DocumentText) -> Assessment:
    headings = [passage for passage in text.headings if passage.level == 1]
    extra, count = headings[1:], len(headings)
    says = (
        ngettext("The text has %(num)s heading 1.", "The text has %(num)s headings 1.", count)
        if count
        else gettext("The title is the only heading 1.")
    )
    return judged(
        "single_h1",
        SEO,
        gettext("One heading 1"),
        Rating.BAD if extra else Rating.GOOD,
        says,
        measured=count,
        cure=gettext("The title is the heading 1 of the page: make these headings 2."),
        marks=[heading.mark() for heading in extra if heading.starts],
    )


def _description_length(document: Document) -> Assessment:
    length = len(document.seo_description.strip())
    says = (
        ngettext("The SEO description has %(num)s character.", "The SEO description has %(num)s characters.", length)
        if length
        else gettext("There is no SEO description: search engines choose a passage of the text.")
    )
    return judged(
        "description_length",
        SEO,
        gettext("Length of the SEO description"),
        Rating.GOOD if length in DESCRIPTION else Rating.OK if length else Rating.BAD,
        says,
        measured=length,
        cure=gettext("Write %(least)s to %(most)s characters.", least=DESCRIPTION.start, most=DESCRIPTION.stop - 1),
        field="seo_description",
    )


def _links(key: str, name: str, links: list[LinkInText], cure: str) -> Assessment:
    followed = [link for link in links if "nofollow" not in link.rel]
    rating = Rating.GOOD if followed else Rating.OK if links else Rating.BAD
    says = gettext("None yet.")
    if followed:
        says = ngettext("%(num)s link.", "%(num)s links.", len(links))
    elif links:
        says = gettext("All of them are nofollow: search engines do not follow them.")
    return judged(key, SEO, name, rating, says, measured=len(links), cure=cure, marks=[link.mark for link in links])


def _alt_texts(document: Document, text: DocumentText) -> Assessment:
    name, count = gettext("Alternative texts"), len(text.images) + len(document.images)
    if not count:
        return not_applicable("alt_texts", SEO, name, gettext("There are no images."))
    without = [image.mark for image in text.images if not (image.alt or "").strip()]
    missing = len(without) + sum(not image.alt.strip() for image in document.images)
    says = ngettext(
        "%(missing)s of %(num)s image has no alternative text.",
        "%(missing)s of %(num)s images have no alternative text.",
        count,
        missing=missing,
    )
    return judged(
        "alt_texts",
        SEO,
        name,
        Rating.BAD if missing * 2 > count else Rating.OK if missing else Rating.GOOD,
        says if missing else ngettext("%(num)s image, described.", "%(num)s images, all described.", count),
        measured=missing,
        cure=gettext("Say in words what each image shows."),
        marks=without,
    )
