"""Importing a site against core REST paging, side by side on the same WordPress, and the memory of a large import.

`python -m benchmarks site_import` makes 10,000 posts by SQL and reads them both ways: `GET wp/v2/posts?per_page=100`
(`context=edit`, only read, stored nowhere) and the import, end to end into PostgreSQL. IMPORT_POSTS=100000 makes more
of them, for the memory. Prints posts a second, the ratio and the peak memory of the worker's process.
"""

import os
import statistics
import time
from pathlib import Path

import psycopg
from sqlalchemy import func, select

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.queue import redis_connection
from app.core.runs import Run
from app.sync.imports import site_imports
from benchmarks.live import Live, live_site

POSTS = int(os.environ.get("IMPORT_POSTS", "10000"))
CORE_POSTS, ROUNDS = 2000, 3
TERMS = 60
PARAGRAPH = (
    "<!-- wp:paragraph -->\n<p>Paragraph {n} of a post about coffee says, with <strong>some</strong> markup and a "
    '<a href="https://example.com/guide/">link</a>, what grind, water and time have to do with the taste of the cup '
    "that you drink in the morning, and why it's worth weighing the beans.</p>\n<!-- /wp:paragraph -->\n\n"
)
HEADING = '<!-- wp:heading -->\n<h2 class="wp-block-heading">Part {n}</h2>\n<!-- /wp:heading -->\n\n'
# A post of about a thousand words.
BODY = "".join((HEADING if n % 5 == 0 else "").format(n=n) + PARAGRAPH.format(n=n) for n in range(25))
MAKE = """
INSERT INTO wp_posts (post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status,
  comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt,
  post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count)
SELECT 1, '2025-01-01 10:00:00', '2025-01-01 10:00:00', CONCAT('{body}', seq), CONCAT('Bench post ', seq), '',
  'publish', 'open', 'open', '', CONCAT('bench-post-', seq), '', '', '2025-01-02 10:00:00', '2025-01-02 10:00:00',
  '', 0, '', 0, 'post', '', 0 FROM seq_1_to_{posts};
INSERT INTO wp_terms (name, slug) SELECT CONCAT('Bench term ', seq), CONCAT('bench-term-', seq) FROM seq_1_to_{terms};
INSERT INTO wp_term_taxonomy (term_id, taxonomy, description, parent)
SELECT term_id, IF(term_id % 2, 'category', 'post_tag'), '', 0 FROM wp_terms WHERE slug LIKE 'bench-term-%';
INSERT IGNORE INTO wp_term_relationships (object_id, term_taxonomy_id)
SELECT p.ID, (SELECT MIN(t.term_taxonomy_id) FROM wp_term_taxonomy t JOIN wp_terms w USING (term_id)
  WHERE w.slug LIKE 'bench-term-%') + (p.ID * n.seq) % {terms}
FROM wp_posts p JOIN seq_1_to_3 n WHERE p.post_name LIKE 'bench-post-%';
"""


def make_posts(place: Live) -> None:
    """Posts of a thousand words with three terms each, put straight into the database."""
    place.wordpress.sql(MAKE.format(body=BODY.replace("'", "''"), posts=POSTS, terms=TERMS))


def core_rate(place: Live, start: int) -> float:
    """Posts a second that core REST gives out, over CORE_POSTS of them."""
    db.session.remove()
    started = time.perf_counter()
    for page in range(start, start + CORE_POSTS // 100):
        query = {"per_page": 100, "page": page, "context": "edit", "orderby": "id", "order": "asc"}
        answer = place.core.get(f"{place.wordpress.url}/wp-json/wp/v2/posts", params=query, timeout=120)
        answer.raise_for_status()
        assert len(answer.json()) == 100
    return CORE_POSTS / (time.perf_counter() - started)


def work(run_id: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of the import in a process of its own, forked as a worker forks."""
    db.session.remove()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        db.engine.dispose(close=False)
        Path("/proc/self/clear_refs").write_text("5")
        started = time.perf_counter()
        jobs.execute(run_id)
        seconds = time.perf_counter() - started
        os.write(writing, f"{seconds} {peak_mb()}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        seconds, peak = answer.read().split()
    os.waitpid(child, 0)
    return float(seconds), float(peak)


def peak_mb() -> float:
    """The most memory that this process had resident."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def tidy(place: Live) -> None:
    """Do now what the database would do beside the next import: put away what was deleted."""
    with psycopg.connect(place.environment["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("vacuum (analyze)")


def import_rate(place: Live, again: bool) -> tuple[float, float]:
    """Posts a second and peak memory of one import; a first one leaves nothing behind for the next."""
    if not again:
        db.session.query(Content).delete()
        db.session.commit()
        tidy(place)
    run = site_imports.start_site_import(
        place.account_id, place.site_id, types=["post"], statuses=["publish"], actor=THE_APP
    )
    db.session.commit()
    redis_connection().flushdb()  # nobody waits for a worker here
    run_id = run.id
    seconds, peak = work(str(run_id))
    run = db.session.get_one(Run, run_id)
    if run.state != "succeeded":
        raise SystemExit(f"The import did not succeed: {run.state} {run.step} {run.error}")
    stored = db.session.scalar(select(func.count()).select_from(Content)) or 0
    assert run.data["done"] == stored >= POSTS, (run.data, stored)
    return stored / seconds, peak


def main() -> None:
    """Print the figures."""
    with live_site() as place:
        make_posts(place)
        core, ours = [], []
        core_rate(place, 1)  # warm
        for number in range(ROUNDS if POSTS <= 20_000 else 1):
            core.append(core_rate(place, 1 + number * CORE_POSTS // 100))
            ours.append(import_rate(place, again=False))
        base, rate = statistics.median(core), statistics.median(rate for rate, _peak in ours)
        print(f"{POSTS:,} posts of {len(BODY) / 1000:.1f} KB; median of {len(ours)}")
        print(f"  core REST, per_page=100, read only  {base:8.0f} posts/s")
        print(f"  import, end to end                  {rate:8.0f} posts/s   ratio {rate / base:.1f}")
        print(f"  peak memory of the import           {max(peak for _rate, peak in ours):8.0f} MB")
        rate, peak = import_rate(place, again=True)
        print(f"  the same again, nothing changed     {rate:8.0f} posts/s   {peak:.0f} MB")


if __name__ == "__main__":
    main()
