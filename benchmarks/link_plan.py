"""The link plan of a site of 100,000 contents with 500,000 links; says FAIL where it takes too long, and ends so.

The rows are made in SQL as the index would have made them, with texts of some sixty words; a part of the links leads
nowhere or to where a page was before. The plan is the real run: reading, following, looking for words, writing rows.
The floor is what has to be done in any case: fetching the same rows of pages and links once, in the same process.
PLAN_CONTENTS names another number of contents; each has LINKS_EACH links.
"""

import os
import resource
import sys
import time

from sqlalchemy import select, text

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.linker.models import LinkPage, PageLink
from app.linker.pages import pack
from app.linker.plan.actions import start_link_plan
from app.linker.plan.models import LinkPlan
from app.sites.models import Site
from benchmarks.keyword_import import Place, place

CONTENTS = int(os.environ.get("PLAN_CONTENTS", "100000"))
LINKS_EACH = 5
MOST_SECONDS = 120
MOST_TIMES = 40  # as long as the floor
MOST_MEGABYTES = 1500

PAGES = """
insert into contents (account_id, site_id, content_type, content_structure, title, content_html, excerpt, slug,
  seo_title, seo_description, focus_keywords, source, status, remote_status, external_id, external_url, version,
  cluster_id, is_outline, published_at, created_at, updated_at)
select :account, :site, 'Article', 'Guide', 'Topic ' || n || ' of ' || words.pair, '<p>Words about ' || other.pair ||
  ' and topic ' || (n * 7 % :count) || ' of ' || third.pair ||
  ', told at some length. ' || repeat('It goes on and on. ', 10) || '</p>',
  '', 'topic-' || n, '', '', '[]',
  'wordpress', 'published', 'publish', n,
  :url || '/topics/topic-' || n || '/', 1, (select min(id) from clusters where site_id = :site) + n % 500,
  false, now() - interval '400 days', now(), now()
from generate_series(1, :count) n
cross join lateral (select 'kind' || n % 997 || ' sort' || n % 89 as pair) words
cross join lateral (select 'kind' || (n * 3) % 997 || ' sort' || (n * 3) % 89 as pair) other
cross join lateral (select 'kind' || (n * 7) % 997 || ' sort' || (n * 7) % 89 as pair) third
"""
INDEX = """
insert into link_pages (account_id, site_id, content_id, content_changed_at, language, title, title_key, address,
  section, words, phrase, terms, title_stems, vector, links_in, links_out, waiting, created_at, updated_at)
select account_id, site_id, id, updated_at, 'english', title, lower(title), '/topics/' || slug, 'topics', 60, id,
  ''::bytea, ''::bytea, ''::bytea, 1, 5, 0, now(), now() from contents where site_id = :site
"""
LINKS = """
insert into page_links (account_id, site_id, source_id, target_id, address, anchor, phrase, created_at, updated_at)
select :account, :site, c.id, null, case when (c.external_id * 5 + k) % 50 = 0 then '/lost/page-' || c.external_id
  when (c.external_id * 5 + k) % 50 = 1 then '/?p=' || 1 + (c.external_id * 13) % :count
  else '/topics/topic-' || 1 + ((c.external_id * (k * k + 3) + k * 17) % (:count * 3 / 4)) end,
  'topic ' || k, k, now(), now()
from contents c cross join generate_series(1, :each) k where c.site_id = :site
"""
CLUSTERS = """
insert into clusters (account_id, site_id, name, description, created_at, updated_at)
select :account, :site, 'Cluster ' || n, '', now(), now() from generate_series(1, 500) n
"""


def fill(where: Place) -> Site:
    """The site's rows."""
    site = db.session.get_one(Site, where.site_id)
    values = {"account": where.account_id, "site": site.id, "url": site.url, "count": CONTENTS, "each": LINKS_EACH}
    db.session.execute(text("set local statement_timeout = 0"))
    for statement in (CLUSTERS, PAGES, INDEX, LINKS):
        needed = {name: value for name, value in values.items() if f":{name}" in statement}
        db.session.execute(text(statement), needed)
    _fill_terms(where.account_id, site.id)
    db.session.commit()
    where.owner.execute("analyze")
    return site


def _fill_terms(account_id: int, site_id: int) -> None:
    """The stems by which texts that are alike are found: eight a page, each on some hundred others."""
    keep = text(
        "update link_pages set terms = packed"
        " from contents c, unnest(cast(:n as int[]), cast(:p as bytea[])) t(n, packed)"
        " where c.id = content_id and c.site_id = :site and c.external_id = n"
    )
    add = text(
        "insert into link_terms (content_id, kind, term, account_id, site_id, weight)"
        " select c.id, 1, t, :account, :site, w from contents c,"
        " unnest(cast(:n as int[]), cast(:t as bigint[]), cast(:w as float8[])) u(n, t, w)"
        " where c.site_id = :site and c.external_id = n"
    )
    for start in range(1, CONTENTS + 1, 5000):
        numbers = range(start, min(CONTENTS, start + 4999) + 1)
        terms = {n: {k * 10**6 + n * k % 997: 0.2 + 0.05 * k for k in range(1, 9)} for n in numbers}
        packed = {n: pack(weights) for n, weights in terms.items()}
        db.session.execute(keep, {"n": list(packed), "p": list(packed.values()), "site": site_id})
        rows = [(n, term, weight) for n, weights in terms.items() for term, weight in weights.items()]
        columns = dict(zip("ntw", map(list, zip(*rows, strict=True)), strict=True))
        db.session.execute(add, columns | {"account": account_id, "site": site_id})


def floor(site: Site) -> float:
    """Seconds to fetch the rows once."""
    started = time.perf_counter()
    wanted = ((LinkPage, (LinkPage.content_id, LinkPage.address)), (PageLink, (PageLink.source_id, PageLink.address)))
    for model, columns in wanted:
        after = 0
        ids = model.id
        while rows := db.session.execute(
            select(ids, *columns).where(model.site_id == site.id, ids > after).order_by(ids).limit(20_000)
        ).all():
            after = rows[-1][0]
    db.session.rollback()
    return time.perf_counter() - started


def main() -> int:
    """Fill, take the floor, make the plan; the exit code."""
    with place() as where:
        site = fill(where)
        least = min(floor(site) for _ in range(3))
        run = start_link_plan(where.account_id, THE_APP, site.id)
        run_id = run.id
        db.session.commit()  # the run has a session of its own: this one would be idle within a transaction
        started = time.perf_counter()
        jobs.execute(str(run_id))
        seconds = time.perf_counter() - started
        db.session.expire_all()
        run = db.session.get_one(Run, run_id)
        if run.state != "succeeded":
            print(f"FAIL {run.error}")
            return 1
        plan = db.session.scalars(select(LinkPlan)).one()
        links = db.session.scalar(select(text("count(*)")).select_from(PageLink)) or 0
        contents = db.session.scalar(select(text("count(*)")).select_from(Content)) or 0
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        holds = seconds <= MOST_SECONDS and seconds <= MOST_TIMES * least and megabytes <= MOST_MEGABYTES
        print(f"{contents:,} contents, {links:,} links: {run.data['rows']:,} rows")
        print(f"floor {least:.1f} s   plan {seconds:.1f} s   {seconds / least:.1f} times   {megabytes} MB")
        print(plan.figures)
        print("" if holds else "FAIL")
        return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
