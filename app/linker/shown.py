"""A text with its proposed links marked in it, to be looked at. Pure."""

from collections.abc import Sequence

from markupsafe import Markup

from app.linker.models import LinkProposal
from app.linker.splice import Place, end_of_paragraph, locate, opening_tag, sentence_html
from app.linker.texts import read_markup


def with_proposals(html: str, links: Sequence[LinkProposal]) -> str:
    """The HTML with each proposal whose words are there as a link inside ``<ins>``; new sentences whole in one."""
    read = read_markup(html)
    places: list[tuple[Place, LinkProposal]] = []
    for link in links:
        place = None if link.sentence else locate(read, link.anchor, link.before, link.after)
        if place is not None and all(place.end <= other.start or other.end <= place.start for other, _link in places):
            places.append((place, link))
    pieces, offset = [], 0
    for place, link in sorted(places, key=lambda pair: pair[0].start):
        linked = f"<ins>{opening_tag(link.url)}{html[place.start : place.end]}</a></ins>"
        pieces += [html[offset : place.start], linked]
        offset = place.end
    shown = "".join([*pieces, html[offset:]])
    for link in (link for link in links if link.sentence):
        end = end_of_paragraph(shown, read_markup(shown), link.before)
        if end is not None:
            addition = sentence_html(link.sentence, link.anchor, opening_tag(link.url))
            shown = f"{shown[:end]} <ins>{addition.strip()}</ins>{shown[end:]}"
    return shown


def marked(link: LinkProposal) -> Markup:
    """What stands around a proposed link, with its words in ``<mark>``: safe HTML."""
    if link.sentence:
        before, _, after = link.sentence.partition(link.anchor)
    else:
        before, after = f"…{link.before}" if link.before else "", f"{link.after}…" if link.after else ""
    return Markup("{}<mark>{}</mark>{}").format(before, link.anchor, after)
