"""How well pages to link to are found; says FAIL where a goal is missed, and ends so.

The links of real editors were taken out of two sites' texts (`../shared/data/internal-links-*.jsonl.gz`). Each page
that had some is asked what it should link to, and recall among the first 10 and the reciprocal rank of the first hit
are taken, as means over pages. *Known*: the links of all other pages are there, as on a site that is imported, and the
judged page's own tell nothing. *Unknown*: no page has any. The weights of `app/linker/scoring.py` were fitted on the
pages whose address has an odd SHA-1; what counts is the other half. The yardstick is the sum of the TF-IDF
likenesses of texts and of titles and of titles that stand in the text, on the same half.
"""

import gzip
import hashlib
import html
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sqlalchemy import insert, select, text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.linker import candidates, indexing
from app.sites.models import Site
from benchmarks.keyword_import import place

SHARED = Path(os.environ.get("KEYWORD_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
GOALS = {"blog": (0.68, 0.55), "docs": (0.72, 0.70)}  # the least recall@10 and mean reciprocal rank
SECONDS = 0.1  # for the candidates of one page, half of them
Row = dict[str, Any]


def load(name: str) -> list[Row]:
    """The pages of a site: url, title, text, links."""
    with gzip.open(SHARED / f"internal-links-{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def is_judged(url: str) -> bool:
    """Whether the page is of the half that no weight was fitted on."""
    return hashlib.sha1(url.encode()).digest()[0] % 2 == 0


def html_of(row: Row, site_url: str, *, known: bool) -> str:
    """The page's HTML, with its links where their words stand, if they are known."""
    body = html.escape(row["text"], quote=False)
    for link in row["links"] if known else ():
        words = html.escape(link["anchor"], quote=False)
        start = body.find(words)
        while start >= 0 and body.rfind("<a ", 0, start) > body.rfind("</a>", 0, start):
            start = body.find(words, start + 1)
        tag = f'<a href="{html.escape(site_url + link["target"])}">{words}</a>'
        body = f"{body}\n\n{tag}" if start < 0 else body[:start] + tag + body[start + len(words) :]
    return "".join(f"<p>{part}</p>\n" for part in body.split("\n\n") if part.strip())


def fill(account_id: int, name: str, rows: Sequence[Row], *, known: bool) -> tuple[Site, dict[str, int]]:
    """A site with these pages, all live; the ids by address."""
    site = Site(account_id=account_id, name=name, url=f"https://{name}-{int(known)}.example.org")
    db.session.add(site)
    db.session.flush()
    now = utcnow()
    values = [
        {
            "account_id": account_id,
            "site_id": site.id,
            "content_type": "Article",
            "title": html.unescape(row["title"]),
            "content_html": html_of(row, site.url, known=known),
            "external_url": site.url + row["url"],
            "external_id": number,
            "status": "published",
            "remote_status": "publish",
            "source": "wordpress",
            "created_at": now,
            "updated_at": now,
        }
        for number, row in enumerate(rows, 1)
    ]
    for start in range(0, len(values), 500):
        db.session.execute(insert(Content), values[start : start + 500])
    db.session.commit()
    found = db.session.execute(select(Content.id, Content.external_url).where(Content.site_id == site.id))
    return site, {str(url).removeprefix(site.url): content_id for content_id, url in found}


def figures(rows: Sequence[Row], ranked: Callable[[Row], list[str]]) -> tuple[float, float]:
    """Recall among the first 10 and the mean reciprocal rank, over the judged pages."""
    recalls, ranks = [], []
    for row in rows:
        targets = {link["target"] for link in row["links"]} - {row["url"]}
        if not targets or not is_judged(row["url"]):
            continue
        order = {url: number for number, url in enumerate(ranked(row))}
        places = [order.get(target, len(rows)) for target in targets]
        recalls.append(sum(number < 10 for number in places) / len(places))
        ranks.append(1 / (1 + min(places)))
    return float(np.mean(recalls)), float(np.mean(ranks))


def peer(rows: Sequence[Row]) -> Callable[[Row], list[str]]:
    """The sum of three likenesses."""
    counter = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    bodies = counter.fit_transform([f"{row['title']} {row['text']}" for row in rows])
    titles = normalize(counter.transform([row["title"] for row in rows]))
    numbers = {row["url"]: number for number, row in enumerate(rows)}
    folded = [row["title"].lower() for row in rows]

    def ranked(row: Row) -> list[str]:
        number, body = numbers[row["url"]], row["text"].lower()
        scores = (bodies[number] @ bodies.T).toarray()[0] + (bodies[number] @ titles.T).toarray()[0]
        scores += np.array([bool(title) and title in body for title in folded])
        scores[number] = -1
        return [rows[other]["url"] for other in np.argsort(-scores, kind="stable")]

    return ranked


def measure(account_id: int, name: str, rows: Sequence[Row], *, known: bool) -> bool:
    """Read the site, ask for candidates, print the figures; whether they hold the goals."""
    started = time.perf_counter()
    site, ids = fill(account_id, name, rows, known=known)
    indexing.refresh(site)
    db.session.execute(text("analyze"))
    db.session.commit()
    read = time.perf_counter() - started
    urls = {content_id: url for url, content_id in ids.items()}
    seconds: list[float] = []

    def ranked(row: Row) -> list[str]:
        begun = time.perf_counter()
        source = candidates.source_text(site, ids[row["url"]])
        found = candidates.find_candidates(site, source, 200, with_linked=True)
        seconds.append(time.perf_counter() - begun)
        return [urls[candidate.content_id] for candidate in found]

    recall, rank = figures(rows, ranked)
    db.session.rollback()
    middle = float(np.median(seconds))
    holds = recall >= GOALS[name][0] and rank >= GOALS[name][1] and middle <= SECONDS
    print(
        f"{name:<6} {'links known' if known else 'none known':<12} {len(rows):>5} pages read in {read:5.1f} s   "
        f"recall@10 {recall:.3f}  MRR {rank:.3f}   {1000 * middle:4.0f} ms a page   {'' if holds else 'FAIL'}"
    )
    return holds


def main() -> int:
    """Both sites; the exit code."""
    fine = True
    with place() as where:
        for name in GOALS:
            if not (SHARED / f"internal-links-{name}.jsonl.gz").exists():
                print(f"{name}: no data at {SHARED}")
                continue
            rows = load(name)
            recall, rank = figures(rows, peer(rows))
            print(f"{name:<6} {'TF-IDF sum':<12} {'':>26} recall@10 {recall:.3f}  MRR {rank:.3f}")
            for known in (True, False):
                fine &= measure(where.account_id, name, rows, known=known)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
