"""Pages of a site that a content should link to: found by the index, scored by `scoring`. Reads only."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Float, cast, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.linker.indexing import COUNTED, TEXT, TITLE, has_links, page_sources
from app.linker.models import LinkPage, LinkStem, PageLink
from app.linker.pages import (
    LONGEST_PHRASE,
    MOST_WORDS,
    PACKED,
    ParsedPage,
    Rarity,
    address_of,
    first_section,
    page_day,
    read_page,
    surface_bag,
    unpack,
    weightiest,
    weights_of,
)
from app.linker.paragraphs import ParagraphWeights
from app.linker.scoring import LinkPair, date_features, likeness_log, match_percent, raw_scores
from app.linker.words import phrase_number, phrases, stem_number
from app.meaning import word_vectors
from app.sites.models import Site

OF_A_TERM, OF_A_PHRASE = 200, 30  # pages looked at for one stem of the text, and for one phrase
BY_TEXT, BY_PHRASE, BY_ANCHOR, BY_NEIGHBOUR, BY_BACK, BY_HUB = 200, 250, 80, 60, 30, 30
NEIGHBOURS = 20
MOST_PHRASES = 6000
MOST_EXPLAINED = 50
LEAST_PHRASE, LEAST_TEXT, LEAST_MEANING, LEAST_NEIGHBOURS = 2.0, 0.15, 0.75, 0.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page worth linking to. `score` is 0 to 100; `reasons` are codes with their values, the strongest first."""

    content_id: int
    title: str
    url: str
    score: int
    raw: float
    reasons: tuple[tuple[str, Any], ...]
    pair: LinkPair


@dataclass
class SourceText:
    """A content that is to link, ready to be compared."""

    page: ParsedPage
    rarity: Rarity
    weights: dict[str, float]
    phrases: dict[int, tuple[str, ...]]
    address: str
    day: int | None
    plain: str
    vector: Any

    @cached_property
    def paragraphs(self) -> ParagraphWeights:
        """The weights of its stems in each of its paragraphs."""
        return ParagraphWeights(self.page, self.rarity)

    @cached_property
    def sorted_numbers(self) -> Any:
        """The numbers of its stems, ascending; never empty."""
        return np.array(sorted(self._numbered), dtype=np.int64)

    @cached_property
    def sorted_weights(self) -> Any:
        """The weights of its stems, in the order of their numbers."""
        return np.array([self._numbered[number] for number in sorted(self._numbered)])

    @cached_property
    def _numbered(self) -> dict[int, float]:
        return {stem_number(stem): weight for stem, weight in self.weights.items()} or {0: 0.0}

    def rarity_of(self, number: int) -> float:
        """The weight of a phrase among the texts of the site."""
        return self.rarity.of(number)


def source_text(site: Site, content_id: int) -> SourceText:
    """Read a content to find links for it."""
    page = read_page(page_sources([content_id])[0][0])
    in_text = [*phrases(page.body_words, 1, LONGEST_PHRASE), *phrases(page.title_words, 1, LONGEST_PHRASE)]
    numbers = {phrase_number(phrase): phrase for phrase in in_text[:MOST_PHRASES]}
    rarity = _rarity_among(site.id, page.stems() | numbers.keys())
    weights = weights_of(page, rarity)
    address = address_of(page.source.url, site.url)
    vector = word_vectors.bag_vectors([surface_bag(page, weightiest(weights))])[0]
    day = page_day(page.source.published_at, address)
    plain = " ".join(page.plain.casefold().split())
    return SourceText(page, rarity, weights, numbers, address, day, plain, vector)


def _rarity_among(site_id: int, numbers: Collection[int]) -> Rarity:
    wanted = [*numbers, COUNTED]
    stmt = select(LinkStem.term, LinkStem.pages).where(LinkStem.site_id == site_id, LinkStem.term == _any(wanted))
    counts = {row[0]: row[1] for row in db.session.execute(stmt)}
    return Rarity(counts.pop(COUNTED, 0), counts)


def _any(numbers: Collection[int]) -> Any:
    return func.any(cast(list(numbers), ARRAY(BigInteger)))


def find_candidates(
    site: Site,
    source: SourceText,
    most: int = 10,
    *,
    excluded: Collection[int] = (),
    with_linked: bool = False,
    only_live: bool = True,
) -> list[Candidate]:
    """Pages to link to, the best first. Pages that it links to already are left out, unless `with_linked`.

    What the content itself links to tells nothing: only what other pages do.
    """
    linked = linked_from(site, source)
    out = {source.page.source.id, *excluded} | (set() if with_linked else linked)
    pairs = {target: pair for target, pair in find_pairs(site, source).items() if target not in out}
    return _scored(site, source, pairs, linked, most, only_live=only_live)


def score_targets(site: Site, source: SourceText, ids: Collection[int]) -> list[Candidate]:
    """These pages as targets of a link, the best first; what is not live is left out, and what is linked already."""
    linked = linked_from(site, source)
    indexed = find_pairs(site, source)
    pairs = {target: indexed.get(target, LinkPair(target)) for target in ids if target not in linked}
    return _scored(site, source, pairs, linked, len(pairs), only_live=True)


def _scored(
    site: Site,
    source: SourceText,
    pairs: Mapping[int, LinkPair],
    linked: Collection[int],
    most: int,
    *,
    only_live: bool,
) -> list[Candidate]:
    links_known = has_links(site.id, source.rarity.pages)
    targets = _pages_of(site.id, list(pairs), only_live=only_live)
    kept = [pairs[target.page.content_id] for target in targets]
    add_page_features(kept, source, targets, linked)
    scores = raw_scores(kept, links_known=links_known)
    return [
        Candidate(
            targets[n].page.content_id,
            targets[n].page.title,
            targets[n].url,
            match_percent(float(scores[n]), links_known=links_known, pages=source.rarity.pages),
            float(scores[n]),
            tuple(link_reasons(kept[n], source, targets[n].page)) if place < MOST_EXPLAINED else (),
            kept[n],
        )
        for place, n in enumerate(np.argsort(-scores, kind="stable")[:most])
    ]


def linked_from(site: Site, source: SourceText) -> set[int]:
    """The pages of the site that the text links to now."""
    addresses = {address_of(link.href, site.url) for link in source.page.links} - {""}
    stmt = select(LinkPage.content_id).where(LinkPage.site_id == site.id, LinkPage.address.in_(addresses))
    return set(db.session.scalars(stmt)) if addresses else set()


def find_pairs(site: Site, source: SourceText) -> dict[int, LinkPair]:
    """What the index finds near to a text, by page, with those features that the finding itself gives."""
    content_id = source.page.source.id
    pairs: dict[int, LinkPair] = defaultdict(lambda: LinkPair(0))
    near = _by_text(site.id, source)
    for target in near[:BY_TEXT]:
        pairs[target[0]].values["text"] = target[1]
    _add_phrases(site.id, source, pairs)
    _add_anchors(site.id, source, pairs)
    neighbours = [(other, likeness) for other, likeness in near if other != content_id][:NEIGHBOURS]
    for target_id, weight in _by_neighbours(neighbours, content_id):
        pairs[target_id].values["neighbours"] = weight
    back = select(PageLink.source_id).where(PageLink.target_id == content_id).distinct().limit(BY_BACK)
    for target_id in db.session.scalars(back):
        pairs[target_id].values["back"] = 1.0
    hubs = select(LinkPage.content_id).where(LinkPage.site_id == site.id, LinkPage.links_in > 1)
    for target_id in db.session.scalars(hubs.order_by(LinkPage.links_in.desc(), LinkPage.id).limit(BY_HUB)):
        pairs[target_id].values.setdefault("neighbours", 0.0)
    for target_id, pair in pairs.items():
        pair.target_id = target_id
    pairs.pop(content_id, None)
    return dict(pairs)


_BY_TEXT = text(
    "select found.content_id, sum(q.weight * found.weight) as likeness"
    " from unnest(cast(:terms as bigint[]), cast(:weights as float8[])) as q(term, weight)"
    " cross join lateral (select content_id, weight from link_terms where site_id = :site and kind = :kind"
    " and term = q.term order by weight desc limit :each) found"
    " group by found.content_id order by likeness desc, found.content_id limit :most"
)


def _by_text(site_id: int, source: SourceText) -> list[tuple[int, float]]:
    strong = weightiest(source.weights)
    values = {"terms": [stem_number(stem) for stem in strong], "weights": list(strong.values()), "kind": TEXT}
    rows = db.session.execute(_BY_TEXT, values | {"site": site_id, "each": OF_A_TERM, "most": BY_TEXT + 1})
    return [(row[0], float(row[1])) for row in rows]


# A phrase is worth the more the rarer it is in texts, the more of the title it is, and the fewer titles have it.
_BY_PHRASE = text(
    "with found as (select q.place, q.number, q.rarity, titles.content_id, titles.weight,"
    " count(*) over (partition by q.place) as titles"
    " from unnest(cast(:numbers as bigint[]), cast(:rarities as float8[])) with ordinality as q(number, rarity, place)"
    " cross join lateral (select content_id, weight from link_terms where site_id = :site and kind = :kind"
    " and term = q.number order by weight desc limit :each) titles),"
    " best as (select distinct on (content_id) content_id, number, place, rarity * sqrt(weight / titles) as value"
    " from found order by content_id, value desc, place),"
    " placed as (select *, row_number() over (order by value desc, place, content_id) as rank from best"
    " where value > 0)"
    " select content_id, number, value from placed where rank <= :most or content_id = any(:near) order by rank"
)


def _add_phrases(site_id: int, source: SourceText, pairs: dict[int, LinkPair]) -> None:
    """Pages whose title, or a phrase of it, stands in the text."""
    numbers = list(source.phrases)
    values = {"numbers": numbers, "rarities": source.rarity.of_each(numbers).tolist(), "near": list(pairs)}
    bounds = {"site": site_id, "kind": TITLE, "each": OF_A_PHRASE, "most": BY_TEXT + BY_PHRASE}
    for target_id, number, value in db.session.execute(_BY_PHRASE, values | bounds):
        if target_id in pairs or len(pairs) < BY_TEXT + BY_PHRASE:
            pairs[target_id].values["phrase"] = value
            pairs[target_id].phrase = source.phrases[number]


def _add_anchors(site_id: int, source: SourceText, pairs: dict[int, LinkPair]) -> None:
    """Pages that others link to with words of the text."""
    sources = func.count(func.distinct(PageLink.source_id))
    stmt = (
        select(PageLink.phrase, PageLink.target_id, sources)
        .where(PageLink.site_id == site_id, PageLink.phrase == _any(source.phrases))
        .where(PageLink.source_id != source.page.source.id, PageLink.target_id.is_not(None))
        .group_by(PageLink.phrase, PageLink.target_id)
    )
    rows = db.session.execute(stmt).all()
    linked: dict[int, int] = defaultdict(int)
    for number, _target, count in rows:
        linked[number] += count
    best: dict[int, tuple[float, int, tuple[str, ...]]] = {}
    for number, target_id, count in rows:
        phrase = source.phrases[number]
        value = source.rarity_of(number) * count / (linked[number] + 1)
        if target_id is not None and value > best.get(target_id, (0.0, 0, ()))[0]:
            best[target_id] = value, count, phrase
    for target_id, (value, count, phrase) in sorted(best.items(), key=lambda item: -item[1][0])[:BY_ANCHOR]:
        pair = pairs[target_id]
        pair.values["anchors"], pair.anchor_sources = value, count
        pair.phrase = pair.phrase if len(pair.phrase) >= len(phrase) else phrase


def _by_neighbours(neighbours: Sequence[tuple[int, float]], content_id: int) -> list[tuple[int, float]]:
    """What pages with much the same text link to."""
    if not neighbours:
        return []
    near = (
        func.unnest(
            cast([row[0] for row in neighbours], ARRAY(BigInteger)), cast([row[1] for row in neighbours], ARRAY(Float))
        )
        .table_valued(column("content_id", BigInteger), column("likeness", Float), name="near")
        .render_derived(name="near")
    )
    links = (
        select(PageLink.source_id, PageLink.target_id, near.c.likeness)
        .select_from(near)
        .join(PageLink, PageLink.source_id == near.c.content_id)
        .where(PageLink.target_id.is_not(None), PageLink.target_id != content_id)
        .distinct()
        .subquery()
    )
    weight = func.sum(links.c.likeness)
    stmt = select(links.c.target_id, weight).group_by(links.c.target_id).order_by(weight.desc()).limit(BY_NEIGHBOUR)
    return [(row[0], float(row[1])) for row in db.session.execute(stmt)]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """What is read of a page that may be linked to: its row in the index, and where its content is."""

    page: Any
    url: str
    cluster_id: int | None


def _pages_of(site_id: int, ids: Sequence[int], *, only_live: bool) -> list[TargetRow]:
    """Those of the pages that may be linked to, by id. Two statements: PostgreSQL joins them badly."""
    where: list[Any] = [Content.id == _any(ids), LISTED]
    where += [IS_LIVE, Content.external_url.is_not(None)] if only_live else []
    contents = select(Content.id, Content.external_url, Content.cluster_id).where(*where)
    rows = {row.id: row for row in db.session.execute(contents)}
    columns = (
        LinkPage.content_id,
        LinkPage.title,
        LinkPage.section,
        LinkPage.dated,
        LinkPage.words,
        LinkPage.phrase,
        LinkPage.terms,
        LinkPage.title_stems,
        LinkPage.vector,
        LinkPage.links_in,
    )
    pages = select(*columns).where(LinkPage.content_id == _any(rows), LinkPage.site_id == site_id)
    return [
        TargetRow(page, rows[page.content_id].external_url or "", rows[page.content_id].cluster_id)
        for page in db.session.execute(pages.order_by(LinkPage.content_id))
    ]


def add_page_features(
    pairs: Sequence[LinkPair], source: SourceText, targets: Sequence[TargetRow], linked: Collection[int]
) -> None:
    """Add the features that the pages themselves give; `linked` are the pages that the source links to."""
    if not pairs:
        return
    terms = [target.page.terms for target in targets]
    texts, _all = _shared(source, terms)
    nearest = source.paragraphs.nearest(terms)
    titles, whole = _shared(source, [target.page.title_stems for target in targets], is_title=True)
    vectors = np.frombuffer(b"".join(target.page.vector for target in targets), dtype=np.float16)
    meaning = vectors.reshape(len(targets), -1).astype(np.float32) @ source.vector
    section = first_section(source.address)
    columns = (texts.tolist(), nearest.tolist(), titles.tolist(), whole.tolist(), meaning.tolist())
    for pair, target, text_here, paragraph, title, total, near in zip(pairs, targets, *columns, strict=True):
        row = target.page
        pair.values |= date_features(source.day, row.dated) | {
            "text": text_here,
            "text_log": likeness_log(text_here),
            "paragraph": likeness_log(paragraph),
            "title": title / (total or 1.0),
            "whole_title": math.log1p(min(20.0, total)) if _names_whole(source, row) else 0.0,
            "meaning": near,
            "section": float(bool(row.section) and row.section == section),
            "length": math.log1p(min(MOST_WORDS, row.words)),
            "links_in": math.log1p(row.links_in - (row.content_id in linked)),
        }
        pair.same_cluster = bool(target.cluster_id) and target.cluster_id == source.page.source.cluster_id


def _shared(source: SourceText, packed: Sequence[bytes], *, is_title: bool = False) -> tuple[Any, Any]:
    """Of each packed row: the weights of the stems that the source has too, times its own for texts; and of all."""
    numbers, weights = unpack(b"".join(packed))
    rows = np.repeat(np.arange(len(packed)), [len(row) // PACKED.itemsize for row in packed])
    places = np.minimum(np.searchsorted(source.sorted_numbers, numbers), len(source.sorted_numbers) - 1)
    here = source.sorted_numbers[places] == numbers
    own = here.astype(np.float64) if is_title else here * source.sorted_weights[places]
    shared = np.bincount(rows, weights * own, minlength=len(packed))
    return shared, np.bincount(rows, weights, minlength=len(packed))


def _names_whole(source: SourceText, row: Any) -> bool:
    if row.phrase in source.phrases:
        return True
    title = " ".join(unescape(row.title).casefold().split())
    return len(title) > 2 and title in source.plain


def link_reasons(pair: LinkPair, source: SourceText, row: Any) -> list[tuple[str, Any]]:
    """Why the page is proposed: codes of `app.linker.reasons` with their values, the strongest first."""
    values = pair.values
    strongest: list[tuple[str, Any]] = []
    if values.get("whole_title"):
        strongest.append(("title", _paragraph_with(source, row.title)))
    if pair.anchor_sources:
        strongest.append(("anchors", pair.anchor_sources))
    if not values.get("whole_title") and values.get("phrase", 0.0) > LEAST_PHRASE:
        strongest.append(("words", None))
    if pair.same_cluster:
        strongest.append(("cluster", None))
    if values["text"] > LEAST_TEXT or values["meaning"] > LEAST_MEANING:
        strongest.append(("topic", None))
    if values.get("neighbours", 0.0) > LEAST_NEIGHBOURS:
        strongest.append(("neighbours", None))
    if values.get("back"):
        strongest.append(("back", None))
    if not strongest and row.links_in:
        strongest.append(("hub", row.links_in))
    return strongest or [("some", None)]


def _paragraph_with(source: SourceText, title: str) -> int:
    """Which paragraph of the text has the title, from 1; 0 where it is not to be told."""
    folded, number = " ".join(unescape(title).casefold().split()), 0
    for _block, words in source.page.read.blocks():
        number += bool(words.strip())
        if folded in " ".join(words.casefold().split()):
            return number
    return 0
