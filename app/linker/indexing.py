"""The index of a site's pages, from which links are proposed: made of the contents, and kept up as they change.

A page is read again when its content's `updated_at` is another than the one that was read, so nothing is missed,
whatever changed it. Functions that say so commit as they go; reading twice gives the same rows.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ARRAY, BigInteger, Select, and_, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.content.models import Content, content_keywords
from app.content.trash.services import LISTED
from app.core.clock import utcnow
from app.core.extensions import db
from app.linker.models import FormerAddress, LinkPage, LinkStem, LinkTerm, PageLink
from app.linker.pages import (
    LONGEST_PHRASE,
    PageSource,
    ParsedPage,
    Rarity,
    address_of,
    first_section,
    link_origin,
    pack,
    page_day,
    read_page,
    surface_bag,
    title_phrases,
    title_weights,
    weightiest,
    weights_of,
)
from app.linker.words import phrase_number, phrases, stem_number, words_of_text
from app.meaning import word_vectors
from app.planner.models import Keyword
from app.sites.models import Site

PART = 200
SAMPLE = 1000  # pages by which the rarity of words is told
COUNTED = 0  # the row of `link_stems` with how many pages that were
TEXT, TITLE = 1, 2  # kinds of terms
QUIET = {"synchronize_session": False}
Progress = Callable[[int, int], None]


def stale_query(site_id: int, ids: Collection[int] | None = None) -> Select[int]:
    """A SELECT of the ids of contents that were not read as they are now; of these alone, where some are named."""
    stmt = select(Content.id).outerjoin(LinkPage, LinkPage.content_id == Content.id)
    changed = or_(LinkPage.id.is_(None), LinkPage.content_changed_at != Content.updated_at)
    stmt = stmt.where(Content.site_id == site_id, LISTED, changed)
    return stmt if ids is None else stmt.where(Content.id.in_(ids))


def count_stale(site_id: int) -> int:
    """How many contents have to be read."""
    return db.session.scalar(select(func.count()).select_from(stale_query(site_id).subquery())) or 0


def refresh(site: Site, ids: Collection[int] | None = None, progress: Progress | None = None) -> int:
    """Read what has changed. Returns how many contents were read. Commits as it goes; safe to repeat."""
    account_id, site_id, site_url = site.account_id, site.id, site.url
    total = db.session.scalar(select(func.count()).select_from(stale_query(site_id, ids).subquery())) or 0
    rarity = rarity_of(account_id, site_id, renew=total > 0)
    done = after = 0
    while part := list(db.session.scalars(_next(stale_query(site_id, ids), after))):
        _read_part(account_id, site_id, site_url, part, rarity)
        db.session.commit()
        done, after = done + len(part), part[-1]
        if progress is not None:
            progress(done, max(total, done))
    return done


def _next(query: Select[int], after: int) -> Select[int]:
    return query.where(Content.id > after).order_by(Content.id).limit(PART)


def page_sources(ids: Collection[int]) -> list[tuple[PageSource, Any]]:
    """What is read of these contents, each with its `updated_at`; in id order."""
    words = (
        select(content_keywords.c.content_id, func.array_agg(Keyword.keyword).label("words"))
        .join(Keyword, Keyword.id == content_keywords.c.keyword_id)
        .where(content_keywords.c.content_id.in_(ids))
        .group_by(content_keywords.c.content_id)
        .subquery()
    )
    columns = (Content.id, Content.title, Content.content_html, Content.external_url, Content.published_at)
    stmt = (
        select(*columns, Content.focus_keywords, Content.cluster_id, Content.updated_at, words.c.words)
        .outerjoin(words, words.c.content_id == Content.id)
        .where(Content.id.in_(ids))
        .order_by(Content.id)
    )
    return [
        (
            PageSource(
                row.id,
                row.title,
                row.content_html,
                row.external_url or "",
                row.published_at,
                [str(word) for word in [*(row.focus_keywords or ()), *(row.words or ())]][:20],
                row.cluster_id,
            ),
            row.updated_at,
        )
        for row in db.session.execute(stmt)
    ]


def rarity_of(account_id: int, site_id: int, *, renew: bool = False) -> Rarity:
    """How rare words are on the site, by a sample of its pages; counted anew once it has half as many again. Commits
    when it counts."""
    rows: dict[int, int] = {
        row.term: row.pages
        for row in db.session.execute(select(LinkStem.term, LinkStem.pages).where(LinkStem.site_id == site_id))
    }
    counted = rows.pop(COUNTED, 0)
    if renew:
        here = select(func.count()).where(Content.site_id == site_id, LISTED)
        total = db.session.scalar(here) or 0
        if min(total, SAMPLE) > 1.5 * counted or not counted:
            return _count_stems(account_id, site_id)
    return Rarity(counted, rows)


def _count_stems(account_id: int, site_id: int) -> Rarity:
    ids = list(db.session.scalars(select(Content.id).where(Content.site_id == site_id, LISTED).order_by(Content.id)))
    sampled = ids[:: max(1, -(-len(ids) // SAMPLE))]
    counts, common = Counter[int](), Counter[int]()
    for start in range(0, len(sampled), PART):
        for source, _changed in page_sources(sampled[start : start + PART]):
            page = read_page(source)
            counts.update(page.stems())
            common.update({phrase_number(phrase) for phrase in phrases(page.body_words, 2, LONGEST_PHRASE)})
        seen = 1 + start // (4 * PART)  # what is so rare that it cannot become common any more is forgotten on the way
        common = Counter({number: count for number, count in common.items() if count > seen})
    counts = Counter({number: count for number, count in counts.items() if count > 1})  # the others are the rarest
    counts |= Counter({number: count for number, count in common.items() if count > 2})
    now = [{"site_id": site_id, "account_id": account_id, "term": COUNTED, "pages": len(sampled)}]
    now += [
        {"site_id": site_id, "account_id": account_id, "term": number, "pages": count}
        for number, count in sorted(counts.items())
    ]
    db.session.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))
    db.session.execute(delete(LinkStem).where(LinkStem.site_id == site_id).execution_options(**QUIET))
    for start in range(0, len(now), 5000):
        stmt = insert(LinkStem)
        db.session.execute(
            stmt.on_conflict_do_update(index_elements=["site_id", "term"], set_={"pages": stmt.excluded.pages}),
            now[start : start + 5000],
        )
    db.session.commit()
    return Rarity(len(sampled), counts)


def _read_part(account_id: int, site_id: int, site_url: str, ids: Sequence[int], rarity: Rarity) -> None:
    """Read these contents and store what they say. Flushes."""
    pages, terms, links, bags = [], [], [], []
    now = utcnow()
    for source, changed in page_sources(ids):
        page = read_page(source)
        strong = weightiest(weights_of(page, rarity))
        bags.append(surface_bag(page, strong))
        numbers = {stem_number(stem): weight for stem, weight in strong.items()}
        pages.append(_page_row(page, rarity, numbers, site_url) | {"content_changed_at": changed})
        terms += [(source.id, TEXT, number, weight) for number, weight in numbers.items()]
        terms += [(source.id, TITLE, number, weight) for number, weight in title_phrases(page, rarity).items()]
        links += _link_rows(page, site_url)
    common = {"account_id": account_id, "site_id": site_id}
    stamped = common | {"created_at": now, "updated_at": now}
    for row, vector in zip(pages, word_vectors.bag_vectors(bags), strict=True):
        row |= stamped | {"vector": vector.astype(np.float16).tobytes()}
    keep_former_addresses(account_id, site_id, {row["content_id"]: row["address"] for row in pages})
    _store_pages(pages)
    _store_terms(common, list(ids), terms)
    _store_links(stamped, list(ids), links, {row["address"]: row["content_id"] for row in pages if row["address"]})


def _page_row(page: ParsedPage, rarity: Rarity, numbers: Mapping[int, float], site_url: str) -> dict[str, Any]:
    address = address_of(page.source.url, site_url)
    return {
        "content_id": page.source.id,
        "language": page.language,
        "title": page.source.title,
        "title_key": page.source.title.casefold()[:120],
        "address": address,
        "section": first_section(address),
        "dated": page_day(page.source.published_at, address),
        "words": page.word_count,
        "phrase": phrase_number(word.stem for word in page.title_words),
        "terms": pack(numbers),
        "title_stems": pack(title_weights(page.title_words, rarity)),
    }


def _link_rows(page: ParsedPage, site_url: str) -> list[dict[str, Any]]:
    """The page's links to addresses of its site."""
    rows = []
    own = address_of(page.source.url, site_url)
    for link in page.links:
        address = address_of(link.href, site_url).partition("#")[0]
        if address and address != own:
            anchor = " ".join(link.text.split())[:300]
            number = phrase_number(word.stem for word in words_of_text(anchor, page.language))
            given = {"source_id": page.source.id, "address": address, "origin": link_origin(link.href)}
            rows.append(given | {"anchor": anchor, "phrase": number})
    return rows


def keep_former_addresses(account_id: int, site_id: int, addresses: Mapping[int, str]) -> dict[str, int]:
    """Note where those pages were that are at another of these addresses now. Returns what was noted. Flushes."""
    ids = func.any(cast(list(addresses), ARRAY(BigInteger)))
    stored = select(LinkPage.content_id, LinkPage.address).where(LinkPage.content_id == ids, LinkPage.address != "")
    moved = {
        row.address: row.content_id for row in db.session.execute(stored) if addresses[row.content_id] != row.address
    }
    now = utcnow()
    common = {"account_id": account_id, "site_id": site_id, "created_at": now, "updated_at": now}
    rows = [common | {"address": address, "content_id": content_id} for address, content_id in moved.items()]
    if rows:
        db.session.execute(insert(FormerAddress).on_conflict_do_nothing(), rows)
    return moved


def _store_pages(rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        stmt = insert(LinkPage)
        kept = ("created_at", "content_id", "account_id")
        new = {name: getattr(stmt.excluded, name) for name in rows[0] if name not in kept}
        filled = [row | {"links_in": 0, "links_out": 0, "waiting": 0} for row in rows]
        db.session.execute(stmt.on_conflict_do_update(index_elements=["content_id"], set_=new), filled)


def _store_terms(common: dict[str, Any], ids: list[int], terms: Sequence[tuple[int, int, int, float]]) -> None:
    db.session.execute(delete(LinkTerm).where(LinkTerm.content_id.in_(ids)).execution_options(**QUIET))
    columns = list(zip(*sorted(terms), strict=True)) if terms else []
    if columns:  # arrays in place of thousands of values: such a statement is made once
        statement = text(
            "insert into link_terms (content_id, kind, term, weight, account_id, site_id)"
            " select *, cast(:account_id as bigint), cast(:site_id as bigint) from unnest("
            "cast(:contents as bigint[]), cast(:kinds as integer[]), cast(:terms as bigint[]),"
            " cast(:weights as float8[]))"
            " on conflict do nothing"
        )
        names = ("contents", "kinds", "terms", "weights")
        values = {name: list(column) for name, column in zip(names, columns, strict=True)}
        db.session.execute(statement, values | common)


def _store_links(
    stamped: dict[str, Any], ids: list[int], links: list[dict[str, Any]], addresses: Mapping[str, int]
) -> None:
    """Store the links of these pages, join links of others to them, and count again what is concerned."""
    site_id = stamped["site_id"]
    gone = delete(PageLink).where(PageLink.source_id.in_(ids)).returning(PageLink.target_id)
    concerned = {target for target in db.session.scalars(gone.execution_options(**QUIET)) if target}
    wanted = {row["address"] for row in links}
    targets = _contents_at(site_id, wanted) | {address: addresses[address] for address in wanted & addresses.keys()}
    rows = [stamped | row | {"target_id": targets.get(row["address"])} for row in links]
    if rows:
        db.session.execute(insert(PageLink), rows)
    concerned |= set(targets.values()) | set(ids)
    for address, content_id in addresses.items():
        joined = update(PageLink).where(PageLink.site_id == site_id, PageLink.address == address)
        joined = joined.where(PageLink.target_id.is_distinct_from(content_id), PageLink.source_id != content_id)
        db.session.execute(joined.values(target_id=content_id).execution_options(**QUIET))
    count_links(concerned)


def _contents_at(site_id: int, addresses: Collection[str]) -> dict[str, int]:
    """The contents that have these addresses."""
    if not addresses:
        return {}
    stmt = select(LinkPage.address, func.max(LinkPage.content_id)).where(LinkPage.site_id == site_id)
    rows = db.session.execute(stmt.where(LinkPage.address.in_(addresses)).group_by(LinkPage.address))
    return {row[0]: row[1] for row in rows}


def count_links(ids: Collection[int] | None, site_id: int | None = None) -> None:
    """Count the links to and from these pages again, or those of a whole site. Flushes."""
    incoming = (
        select(func.count(func.distinct(PageLink.source_id)))
        .join(Content, Content.id == PageLink.source_id)
        .where(PageLink.target_id == LinkPage.content_id, LISTED)
        .scalar_subquery()
    )
    outgoing = (
        select(func.count(func.distinct(PageLink.address)))
        .where(PageLink.source_id == LinkPage.content_id)
        .scalar_subquery()
    )
    if ids is None:
        meant = LinkPage.site_id == site_id
    else:
        meant = LinkPage.content_id == func.any(cast(sorted(ids), ARRAY(BigInteger)))
    changed = update(LinkPage).where(meant, or_(LinkPage.links_in != incoming, LinkPage.links_out != outgoing))
    db.session.execute(changed.values(links_in=incoming, links_out=outgoing).execution_options(**QUIET))


def has_links(site_id: int, pages: int) -> bool:
    """Whether enough links between pages of the site are known to learn from; `pages` is how many it has, about."""
    least = max(3, min(200, pages // 50))
    stmt = select(LinkPage.id).where(LinkPage.site_id == site_id, LinkPage.links_in > 0)
    return db.session.scalar(stmt.order_by(LinkPage.links_in.desc()).offset(least - 1).limit(1)) is not None


def is_read(content: Content) -> bool:
    """Whether the content was read as it is."""
    stmt = select(LinkPage.id).where(
        and_(LinkPage.content_id == content.id, LinkPage.content_changed_at == content.updated_at)
    )
    return db.session.scalar(stmt) is not None
