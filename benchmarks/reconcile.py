"""The nightly comparison of 100,000 posts: unchanged, then with one in a hundred edited straight in the database.

The floor is the same walk over the same pages of hashes by the same client, signatures checked, with nothing compared.
Both take turns. The number of posts may be given: `python -m benchmarks.reconcile 20000`.
"""

import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.bulk_insert import bulk_insert, new_ids
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.sites.connection import credentials_for, open_client
from app.sync.imports.limits import MAX_PAGE_BYTES
from app.sync.models import SiteSync
from app.sync.reconcile.hashes import read_hashes
from app.sync.reconcile.site_comparison import HASHES, start_comparison
from benchmarks import export
from benchmarks.live import Live, live_site

POSTS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdecimal() else 100_000
ROUNDS = 3
LIMIT_SECONDS = 60 * POSTS / 100_000


def walk(live: Live) -> Iterator[list[Any]]:
    """The pages of hashes, one after the other."""
    credentials = credentials_for(live.site)
    db.session.commit()
    after: int | None = 0
    with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
        while after is not None:
            query = {"fields": "hashes", "after": str(after), "limit": str(HASHES)}
            answer = client.get("posts", query, read_seconds=60)
            yield answer["items"]
            after = answer["next"]


def know(live: Live) -> None:
    """Rows for all posts, as an import leaves them, with the hashes that the plugin tells."""
    now = utcnow()
    for page in walk(live):
        lines = read_hashes(page)
        ids = new_ids(Content.__table__, len(lines))
        contents = [
            {
                "id": at,
                "account_id": live.account_id,
                "site_id": live.site_id,
                "content_type": "Article",
                "title": f"Post {line[0]}",
                "content_html": "",
                "excerpt": "",
                "slug": "",
                "seo_title": "",
                "seo_description": "",
                "focus_keywords": [],
                "content_structure": "",
                "is_outline": False,
                "status": "draft",
                "source": "wordpress",
                "version": 1,
                "external_id": line[0],
                "sync_state": "in_step",
                "created_at": now,
                "updated_at": now,
            }
            for at, line in zip(ids, lines, strict=True)
        ]
        states = [
            {
                "account_id": live.account_id,
                "site_id": live.site_id,
                "content_id": at,
                "kind": "post",
                "taxonomy": "",
                "external_id": line[0],
                "remote_type": "post",
                "status": "publish",
                "fields": {},
                "base": {},
                "ahead": [],
                "images": {},
                "content_hash": line[1],
                "state_hash": line[2],
                "agreed_version": 1,
                "seen_at": now,
                "permalink": "",
                "created_at": now,
                "updated_at": now,
            }
            for at, line in zip(ids, lines, strict=True)
        ]
        with bulk_insert() as copy:
            copy(Content.__table__, contents)
            copy(RemoteState.__table__, states)
        db.session.commit()
    db.session.add(SiteSync(site_id=live.site_id, account_id=live.account_id, imported_at=now))
    db.session.commit()
    db.session.execute(text("analyze"))
    db.session.commit()


def compare(live: Live) -> tuple[float, dict[str, Any]]:
    """Seconds of a comparison as a worker does it, and its report."""
    run_id = start_comparison(live.site, THE_APP).id
    db.session.commit()
    started = time.perf_counter()
    jobs.execute(str(run_id))
    seconds = time.perf_counter() - started
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    if run.state != "succeeded":
        raise SystemExit(f"The comparison did not succeed: {run.error} {run.step}")
    return seconds, run.data


def main() -> None:
    """Fill, know, compare; print."""
    export.POSTS = POSTS
    with live_site() as live:
        export.fill(live.wordpress)
        know(live)
        compare(live)  # terms become known
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        floors, unchanged = [], []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            count = sum(len(page) for page in walk(live))
            floors.append(time.perf_counter() - started)
            seconds, report = compare(live)
            assert (report["same"], report["updated"]) == (count, 0), report
            unchanged.append(seconds)
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        ours = min(unchanged)
        print(f"{count:,} posts unchanged, {HASHES:,} hashes a page")
        print(f"  compared             {ours:7.1f} s   ({max(unchanged):.1f} s at worst), {count / ours:,.0f} posts/s")
        print(f"  hashes alone (floor) {min(floors):7.1f} s   ratio {ours / min(floors):.2f}")
        print(f"  memory beyond what one comparison took: {more:.0f} MB")
        if ours > LIMIT_SECONDS:
            raise SystemExit(f"Slower than {LIMIT_SECONDS:.0f} s.")
        live.wordpress.sql("UPDATE wp_posts SET post_title = CONCAT(post_title, '!') WHERE ID MOD 100 = 0")
        seconds, report = compare(live)
        print(f"  {report['updated']:,} edited by SQL: {seconds:.1f} s")


if __name__ == "__main__":
    main()
