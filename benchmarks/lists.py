"""How long the server takes for a page of each list, at any depth, sorted and searched, beside an empty page.

`python -m benchmarks lists` makes one site with DATA_ROWS (200,000) contents and as many keywords, a cluster for every
200 of them and 400 terms, and prints the median of ROUNDS whole requests of a signed-in owner. LISTS_FOLDER keeps the
database between runs.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.accounts.services import accounts_of, sign_up
from app.core.extensions import db, limiter
from app.core.row_security import act_for
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from app.sites.services import add_site
from benchmarks.live import environment_of, make_app

ROWS = int(os.environ.get("DATA_ROWS", "200000"))
ROUNDS = 7
EMAIL, PASSWORD = "lists@example.com", "benchmark only"
WORD_LIST = """
cold brew coffee guide grinder espresso water ratio filter kettle best review compare recipe beginner
advanced travel budget garden winter summer quick easy healthy vegan roast origin ethiopia colombia
brazil kenya moka pot press scale timer milk foam latte cappuccino americano machine repair clean store
fresh whole bean ground dark
"""
WORDS = WORD_LIST.split()
TEXT = (
    "(select initcap(string_agg(({words})[1 + (n::bigint * k * 7919 + k * k * 104729 + n / 3) % {count}], ' ')) "
    "from generate_series(1, {length}) k)"
)
MAKE = """
insert into clusters (account_id, site_id, name, description, created_at, updated_at)
  select {account}, {site}, 'Cluster ' || n, '', now(), now() from generate_series(1, {rows} / 200) n;
insert into content_taxonomies (account_id, site_id, name, slug, taxonomy_type, external_taxonomy, created_at,
  updated_at) select {account}, {site}, 'Term ' || n, 'term-' || n, 'tag', 'post_tag', now(), now()
  from generate_series(1, 400) n;
insert into keywords (account_id, site_id, cluster_id, keyword, normalised, volume, difficulty, cpc, intent, country,
  created_at, updated_at)
  select {account}, {site}, case when n % 5 > 0 then (select min(id) from clusters) + n % ({rows} / 200) end, k, k,
  case when n % 20 > 0 then (n::bigint * 7919) % 5000 * 10 end, n % 101, n % 500 / 100.0,
  (array['informational', 'commercial', 'transactional'])[1 + n % 3], (array['US', 'DE', 'GB'])[1 + n % 3],
  now() - n * interval '1 second', now()
  from (select n, lower({keyword}) || ' ' || n as k from generate_series(1, {rows}) n) made;
insert into contents (account_id, site_id, cluster_id, content_type, content_structure, title, content_html, excerpt,
  slug, seo_title, seo_description, focus_keywords, is_outline, status, source, external_id, external_url,
  remote_status, sync_state, version, created_at, updated_at)
  select {account}, {site}, case when n % 4 > 0 then (select min(id) from clusters) + n % ({rows} / 200) end,
  (array['Article', 'Article', 'Article', 'Page', 'Product'])[1 + n % 5],
  (array['Guide', 'Tutorial', 'Listicle', 'Comparison', 'Review', 'News'])[1 + n % 6], {title} || ' ' || n,
  '<p>Text</p>', '', 'post-' || n, '', '', '[]', false, (array['draft', 'published', 'published'])[1 + n % 3],
  (array['igny8', 'wordpress'])[1 + n % 2], case when n % 3 > 0 then n end,
  case when n % 3 > 0 then 'https://example.com/post-' || n end, case when n % 3 > 0 then 'publish' else '' end,
  case when n % 3 > 0 then 'in_step' else '' end, 1, now() - n * interval '3 seconds', now() - n * interval '2 seconds'
  from generate_series(1, {rows}) n;
insert into content_terms (content_id, term_id)
  select distinct id, (select min(id) from content_taxonomies) + (id * k * 31) % 400
  from contents, generate_series(1, 2) k where id % 2 = 0;
"""
LAST = -(-ROWS // 50)
PAGES = (
    ("empty page", "/help/errors/"),
    ("content, first page", "/content/"),
    ("content, page 200", "/content/?page=200"),
    ("content, page 2,000", "/content/?page=2000"),
    ("content, last page by number", f"/content/?page={LAST}"),
    ("content, last page", "/content/?page=last"),
    ("content by title", "/content/?sort=title"),
    ("content by title, page 2,000", "/content/?sort=title&page=2000"),
    ("content by structure", "/content/?sort=structure"),
    ("content by status", "/content/?sort=-status"),
    ("content of a type", "/content/?type=Product"),
    ("content of a cluster", "/content/?cluster=5"),
    ("content with a term", "/content/?term=7"),
    ("content, one word", "/content/?q=espresso"),
    ("content, three words", "/content/?q=espresso+water+best"),
    ("content, a word by title", "/content/?q=espresso&sort=title"),
    ("content, a rare word", "/content/?q=19999"),
    ("keywords, first page", "/planner/keywords/"),
    ("keywords, page 200", "/planner/keywords/?page=200"),
    ("keywords, page 2,000", "/planner/keywords/?page=2000"),
    ("keywords, last page by number", f"/planner/keywords/?page={LAST}"),
    ("keywords, last page", "/planner/keywords/?page=last"),
    ("keywords by keyword", "/planner/keywords/?sort=keyword"),
    ("keywords by cluster", "/planner/keywords/?sort=cluster"),
    ("keywords, one word", "/planner/keywords/?q=espresso"),
    ("keywords, three words", "/planner/keywords/?q=espresso+water+best"),
    ("keywords, a rare word", "/planner/keywords/?q=19999"),
    ("clusters", "/planner/clusters/"),
)


@dataclass
class Statements:
    """Seconds that the database took for the statements since `seconds` was set."""

    seconds: float = 0.0
    started: float = 0.0

    def watch(self, engine: Engine) -> None:
        """Measure every statement of this engine from now on."""
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self.started = time.perf_counter()

    def _end(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self.started


@contextmanager
def place() -> Iterator[tuple[FlaskClient, Statements]]:
    """A browser signed in to a site with all these rows, and how long its statements take."""
    kept = os.environ.get("LISTS_FOLDER", "")
    folder = Path(kept or tempfile.mkdtemp(prefix="igny8-lists-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        application = make_app({**environment_of(folder, postgres, redis), "DATABASE_APP_URL": postgres.app_url})
        application.config["WTF_CSRF_ENABLED"] = limiter.enabled = False
        with application.app_context():
            fill(postgres.url)
            statements = Statements()
            statements.watch(db.engine)
        client = application.test_client()
        client.post("/login", data={"email": EMAIL, "password": PASSWORD})
        yield client, statements
    finally:
        redis.stop()
        postgres.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def fill(url: str) -> None:
    """The account, its site and their rows, by statements of the tables' owner; they may be there already."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("select 1 from contents limit 1").fetchone():
            _make(connection)
        connection.execute("vacuum analyze")


def _make(connection: psycopg.Connection[Any]) -> None:
    user = sign_up(email=EMAIL, name="Lists", password=PASSWORD, account_name="Lists")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    site = add_site(account_id, name="Lists", url="https://lists.example.com", time_zone="UTC", sectors=[])
    db.session.commit()
    words = "array[" + ",".join(f"'{word}'" for word in WORDS) + "]"
    texts = {
        name: TEXT.format(words=words, count=len(WORDS), length=length)
        for name, length in (("keyword", 3), ("title", 7))
    }
    for statement in MAKE.format(account=account_id, site=site.id, rows=ROWS, **texts).split(";\n"):
        if statement.strip():
            connection.execute(statement.encode())


def medians(client: FlaskClient, statements: Statements, path: str) -> tuple[float, float, int]:
    """Milliseconds of a request and of its statements, the first left out, and the size of its answer in bytes."""
    whole, database, size = [], [], 0
    for _ in range(ROUNDS + 1):
        statements.seconds, started = 0.0, time.perf_counter()
        answer = client.get(path)
        whole.append(time.perf_counter() - started)
        database.append(statements.seconds)
        assert answer.status_code == 200, (path, answer.status_code)
        size = len(answer.data)
    return statistics.median(whole[1:]) * 1000, statistics.median(database[1:]) * 1000, size


def main() -> None:
    """Print the table."""
    with place() as (client, statements):
        print(f"{ROWS:,} contents and {ROWS:,} keywords; median of {ROUNDS} requests")
        for words, path in PAGES:
            whole, database, size = medians(client, statements, path)
            print(f"  {words:32} {whole:8.1f} ms, database {database:8.1f} ms {size / 1000:8.0f} KB", flush=True)


if __name__ == "__main__":
    main()
