"""Which links a content should get, and which pages should link to it: read from the index, nothing is written."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.linker.anchors import AnchorChoice, LinkLimits, Target, choose_anchors
from app.linker.candidates import Candidate, find_candidates, score_targets, source_text
from app.linker.indexing import TEXT, page_sources
from app.linker.models import LinkPage, LinkProposal, LinkSettings, PageLink
from app.linker.pages import address_of, unpack
from app.linker.scoring import LinkPair
from app.linker.settings import rel_for
from app.linker.splice import locate
from app.linker.texts import ReadText
from app.sites.models import Site

MOST_TARGETS = 40
MOST_SOURCES = 40
MOST_INCOMING = 10
LEAST_PROPOSED = 20  # per cent: what matches less is chance, such as one common word in a title


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A link that would be put into the text of `content_id`."""

    content_id: int
    target_id: int
    url: str
    rel: str
    score: int
    reasons: Sequence[tuple[str, Any]]
    choice: AnchorChoice


def plan_outgoing(
    site: Site, settings: LinkSettings, content_id: int, *, decided: Collection[int] = ()
) -> list[PlannedLink]:
    """Links for a content, the best first; none to pages of `decided`. Reads only."""
    if content_id in settings.never_from:
        return []
    source = source_text(site, content_id)
    excluded = {*settings.never_to, *decided}
    candidates_found = find_candidates(site, source, MOST_TARGETS, excluded=excluded)
    targets = targets_of(site, candidates_found, content_id)
    limits = LinkLimits(settings.most_per_content, settings.words_per_link)
    choices = choose_anchors(source.page.read, source.page.language, source.rarity, targets, limits)
    by_id = {candidate.content_id: candidate for candidate in candidates_found}
    planned = [_planned(site, settings, content_id, by_id[choice.target.content_id], choice) for choice in choices]
    return [link for link in planned if link.score >= LEAST_PROPOSED]


def _planned(
    site: Site, settings: LinkSettings, content_id: int, candidate: Candidate, choice: AnchorChoice
) -> PlannedLink:
    rel = rel_for(settings, address_of(candidate.url, site.url))
    score = joined_score(candidate.score, choice.worth)
    return PlannedLink(content_id, candidate.content_id, candidate.url, rel, score, candidate.reasons, choice)


def joined_score(score: int, worth: float) -> int:
    """How good a link is: how well the page serves, and how well the words say what it is; 0 to 100."""
    return round(100 * math.sqrt(score / 100 * worth))


def targets_of(site: Site, candidates_found: Sequence[Candidate], content_id: int) -> list[Target]:
    """The candidates with the words by which they may be named."""
    ids = [candidate.content_id for candidate in candidates_found]
    phrases = {source.id: source.phrases for source, _changed in page_sources(ids)} if ids else {}
    anchors: dict[int, Counter[str]] = {number: Counter() for number in ids}
    stmt = select(PageLink.target_id, PageLink.anchor).where(
        PageLink.target_id.in_(ids), PageLink.source_id != content_id
    )
    for target_id, anchor in db.session.execute(stmt):
        if target_id is not None and anchor:
            anchors[target_id][anchor] += 1
    return [
        Target(
            candidate.content_id,
            candidate.title,
            candidate.url,
            candidate.score,
            phrases.get(candidate.content_id, ()),
            anchors[candidate.content_id],
            Counter({words.casefold(): count for words, count in anchors[candidate.content_id].items()}),
        )
        for candidate in candidates_found
    ]


_SOURCES = text(
    "select found.content_id, sum(q.weight * found.weight) as likeness"
    " from unnest(cast(:terms as bigint[]), cast(:weights as float8[])) as q(term, weight)"
    " cross join lateral (select content_id, weight from link_terms where site_id = :site and kind = :kind"
    " and term = q.term order by weight desc limit 150) found"
    " group by found.content_id order by likeness desc, found.content_id limit :most"
)


def plan_incoming(
    site: Site, settings: LinkSettings, content_id: int, *, decided: Collection[int] = ()
) -> list[PlannedLink]:
    """Links that other pages of the site should have to a content, the best first; none from pages of `decided`.

    Reads only. None while the content has no address, or is one that is never linked to.
    """
    content = db.session.get_one(Content, content_id)
    if content_id in settings.never_to or not content.external_url:
        return []
    planned: list[PlannedLink] = []
    target = targets_of(site, [Candidate(content_id, content.title, content.external_url, 0, 0.0, (), LinkPair(0))], 0)
    limits = LinkLimits(settings.most_per_content, settings.words_per_link)
    sources = likely_sources(site, content_id, {content_id, *settings.never_from, *decided})
    waiting = waiting_links(sources)
    for source_id in sources:
        source = source_text(site, source_id)
        read, others = source.page.read, [link for link in waiting[source_id] if link.target_id != content_id]
        occupied = anchor_places(read, others)
        choices = choose_anchors(read, source.page.language, source.rarity, target, limits, occupied=occupied)
        scored = score_targets(site, source, [content_id]) if choices else []  # most have no words for it
        planned += [_planned(site, settings, source_id, scored[0], choice) for choice in choices if scored]
    good = [link for link in planned if link.score >= LEAST_PROPOSED]
    return sorted(good, key=lambda link: -link.score)[:MOST_INCOMING]


def waiting_links(content_ids: Sequence[int]) -> Mapping[int, Sequence[LinkProposal]]:
    """The links that are proposed in these texts and wait for a decision, by content."""
    links: dict[int, list[LinkProposal]] = defaultdict(list)
    waits = (LinkProposal.state == "proposed", LinkProposal.sentence == "")
    for link in db.session.scalars(select(LinkProposal).where(LinkProposal.content_id.in_(content_ids), *waits)):
        links[link.content_id].append(link)
    return links


def anchor_places(read: ReadText, links: Sequence[LinkProposal]) -> list[tuple[int, int]]:
    """From where to where in the HTML the words of these links are, where they stand there still."""
    places = [locate(read, link.anchor, link.before, link.after) for link in links]
    return [(place.start, place.end) for place in places if place is not None]


def likely_sources(site: Site, content_id: int, excluded: Collection[int]) -> list[int]:
    """Live pages whose texts have the words of the page's title and text, and that do not link to it."""
    page = db.session.scalar(select(LinkPage).where(LinkPage.content_id == content_id))
    if page is None:
        return []
    weights: Counter[int] = Counter()
    for packed, factor in ((page.title_stems, 0.4), (page.terms, 1.0)):
        numbers, shares = unpack(packed)
        for number, value in zip(numbers.tolist(), shares.tolist(), strict=True):
            weights[number] += factor * value
    values: dict[str, Any] = {"terms": list(weights), "weights": list(weights.values()), "site": site.id, "kind": TEXT}
    near = [row[0] for row in db.session.execute(_SOURCES, values | {"most": 3 * MOST_SOURCES})]
    linking = select(PageLink.source_id).where(PageLink.target_id == content_id)
    stmt = select(Content.id).where(Content.id.in_(near), LISTED, IS_LIVE, Content.id.not_in(linking))
    allowed = set(db.session.scalars(stmt)) - set(excluded)
    return [number for number in near if number in allowed][:MOST_SOURCES]


def decided_targets(content_id: int) -> set[int]:
    """Pages whose link from this content a person has decided on, or that is in the text."""
    stmt = select(LinkProposal.target_id).where(
        LinkProposal.content_id == content_id, LinkProposal.state.in_(("accepted", "rejected", "undone"))
    )
    return set(db.session.scalars(stmt))


def decided_sources(content_id: int) -> set[int]:
    """Pages whose link to this content a person has decided on, or that is in their text."""
    stmt = select(LinkProposal.content_id).where(
        LinkProposal.target_id == content_id, LinkProposal.state.in_(("accepted", "rejected", "undone"))
    )
    return set(db.session.scalars(stmt))
