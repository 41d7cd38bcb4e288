"""Candidates for a content of a site of 100,000 contents; says FAIL where they take too long, and ends so.

The texts are real posts (`../shared/data/internal-links-blog.jsonl.gz`), each part of one joined with a part of
another, so that words are as common and as rare as in real sites. What is measured: reading the first 5,000, reading
all, reading 1,000 again that were changed, and the candidates of 200 contents, one by one, as a person's click asks
for them. CANDIDATE_CONTENTS names another number of contents.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import insert, select, text

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.linker import candidates, indexing
from app.sites.models import Site
from benchmarks.keyword_import import place
from benchmarks.links import Row, html_of, load

CONTENTS = int(os.environ.get("CANDIDATE_CONTENTS", "100000"))
FIRST, CHANGED, ASKED = 5_000, 1_000, 200
MOST_PARAGRAPHS = 6  # of each of the two posts that a text is made of
MOST_SECONDS_FIRST, MOST_SECONDS_ASKED = 120.0, 0.1


def texts(rows: Sequence[Row]) -> Iterator[Row]:
    """CONTENTS texts, each of two posts; no two are the same pair."""
    for number in range(CONTENTS):
        one, other = rows[number % len(rows)], rows[(number * 7 + number // len(rows)) % len(rows)]
        parts = one["text"].split("\n\n")[:MOST_PARAGRAPHS] + other["text"].split("\n\n")[-MOST_PARAGRAPHS:]
        title = f"{one['title'][:120]}: {' '.join(other['title'].split()[-3:])[:60]}"
        yield {"title": title, "text": "\n\n".join(parts), "links": [], "url": f"/posts/{number + 1}/"}


def add(site: Site, rows: Sequence[Row], first_number: int) -> None:
    """These texts as live contents."""
    now = utcnow()
    values: list[dict[str, Any]] = [
        {
            "account_id": site.account_id,
            "site_id": site.id,
            "content_type": "Article",
            "title": row["title"],
            "content_html": html_of(row, site.url, known=False),
            "external_url": site.url + row["url"],
            "external_id": number,
            "status": "published",
            "remote_status": "publish",
            "source": "wordpress",
            "created_at": now,
            "updated_at": now,
        }
        for number, row in enumerate(rows, first_number)
    ]
    for start in range(0, len(values), 500):
        db.session.execute(insert(Content), values[start : start + 500])
    db.session.commit()


def seconds_to_read(site: Site) -> float:
    """Seconds until the index has what it lacks."""
    started = time.perf_counter()
    indexing.refresh(site)
    db.session.commit()
    return time.perf_counter() - started


def seconds_each(site: Site, ids: Sequence[int]) -> list[float]:
    """Seconds for the candidates of each of these contents."""
    seconds = []
    for content_id in ids:
        started = time.perf_counter()
        found = candidates.find_candidates(site, candidates.source_text(site, content_id))
        seconds.append(time.perf_counter() - started)
        assert found
        db.session.rollback()
    return seconds


def main() -> int:
    """Fill, read, change, ask; the exit code."""
    with place() as where:
        site = db.session.get_one(Site, where.site_id)
        made = list(texts(load("blog")))
        add(site, made[:FIRST], 1)
        first = seconds_to_read(site)
        add(site, made[FIRST:], FIRST + 1)
        rest = seconds_to_read(site)
        where.owner.execute("vacuum (analyze)")  # as PostgreSQL does by itself within a minute
        ids = list(db.session.scalars(select(Content.id).where(Content.site_id == site.id).order_by(Content.id)))
        change = text(
            "update contents set content_html = content_html || '<p>More.</p>', updated_at = now() where id = any(:ids)"
        )
        db.session.execute(change, {"ids": ids[:: max(1, len(ids) // CHANGED)][:CHANGED]})
        db.session.commit()
        again = seconds_to_read(site)
        asked = ids[7 :: max(1, len(ids) // ASKED)][:ASKED]
        seconds = seconds_each(site, asked)
    middle, late = float(np.median(seconds)), float(np.percentile(seconds, 95))
    holds = first <= MOST_SECONDS_FIRST and middle <= MOST_SECONDS_ASKED
    print(f"first {FIRST:,} read in {first:.1f} s   the other {CONTENTS - FIRST:,} in {rest:.1f} s")
    print(f"{CHANGED:,} changed ones read again in {again:.1f} s")
    print(f"candidates of one content: {1000 * middle:.0f} ms median, {1000 * late:.0f} ms p95")
    print("" if holds else "FAIL")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
