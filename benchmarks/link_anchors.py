"""Which pages the anchors lead to that the Linker proposes, by the least match: the tables of docs/linker-anchors.md.

Of the blog set of `benchmarks/links.py` the first 220 posts of the half on which no weight was fitted, each without its
own links, under the rules as they are shipped. *Known*: the links of all other posts are there; *unknown*: those of
none. With a file named, 100 anchors of those that reach the match at which links are put in are drawn by lot into it,
for a reader to judge: what the editors linked is marked, and what they did not is left open.

    python -m benchmarks.link_anchors [CSV to write]
"""

import csv
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, update

from app.content.models import Content
from app.core.extensions import db
from app.linker import indexing
from app.linker.models import PageLink
from app.linker.planning import LEAST_PROPOSED, PlannedLink, plan_outgoing
from app.linker.settings import settings_for
from app.sites.models import Site
from benchmarks.keyword_import import place
from benchmarks.links import Row, fill, html_of, is_judged, load

POSTS, DRAWN, LOT = 220, 100, 14
LEVELS = (LEAST_PROPOSED, 50, 60, 70, 80)  # per cent


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link that was proposed, and whether the editors had linked this page from that post."""

    post: str
    words: str
    target: str
    score: int
    is_editors: bool


def judged_posts(rows: Sequence[Row]) -> list[Row]:
    """The posts whose links are proposed: those of the half that have some."""
    linking = [
        row for row in rows if is_judged(row["url"]) and any(one["target"] != row["url"] for one in row["links"])
    ]
    return linking[:POSTS]


def planned_for(site: Site, row: Row, content_id: int) -> list[PlannedLink]:
    """The links that a post would get without its own. Nothing stays changed."""
    bare = html_of(row, site.url, known=False)
    db.session.execute(update(Content).where(Content.id == content_id).values(content_html=bare))
    db.session.execute(delete(PageLink).where(PageLink.source_id == content_id))
    links = plan_outgoing(site, settings_for(site), content_id)
    db.session.rollback()
    return links


def anchors_of(account_id: int, rows: Sequence[Row], *, known: bool) -> list[Anchor]:
    """The anchors that are proposed for all judged posts."""
    site, ids = fill(account_id, "blog", rows, known=known)
    indexing.refresh(site)
    urls, anchors = {content_id: url for url, content_id in ids.items()}, []
    for row in judged_posts(rows):
        linked = {link["target"] for link in row["links"]}
        for link in planned_for(site, row, ids[row["url"]]):
            target = urls[link.target_id]
            anchors.append(Anchor(row["url"], link.choice.place.anchor, target, link.score, target in linked))
    return anchors


def table(anchors: Sequence[Anchor]) -> str:
    """The table by the least match."""
    lines = ["| match | links | at the page that editors had linked |", "|---|---|---|"]
    for level in LEVELS:
        scores = [anchor.is_editors for anchor in anchors if anchor.score >= level]
        share = f"{100 * sum(scores) / len(scores):.0f} %" if scores else ""
        least = ", the least that is proposed" * (level == LEAST_PROPOSED)
        lines.append(f"| {level} %{least} | {len(scores)} | {share} |")
    return "\n".join(lines)


def draw(anchors: Sequence[Anchor], least: int, path: Path) -> None:
    """Write anchors drawn by lot, for a reader to judge; the same ones each time."""
    good = [anchor for anchor in anchors if anchor.score >= least]
    drawn = random.Random(LOT).sample(good, min(DRAWN, len(good)))
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("post", "words", "target", "match", "judgement"))
        for one in drawn:
            lines.writerow((one.post, one.words, one.target, one.score, "editors" if one.is_editors else ""))


def main(path: str = "") -> None:
    """Print the tables; write what is to be judged to `path`, if there is one."""
    rows = load("blog")
    with place() as where:
        for known in (True, False):
            anchors = anchors_of(where.account_id, rows, known=known)
            print(f"links {'known' if known else 'unknown'}, {len(judged_posts(rows))} posts\n\n{table(anchors)}\n")
            if known and path:
                site = Site(account_id=where.account_id, id=0)
                draw(anchors, settings_for(site).least_score, Path(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
