"""One site with as many rows as asked, made by statements of the tables' owner, for the benchmark of the lists."""

from typing import Any

import psycopg

from app.accounts.services import accounts_of, sign_up
from app.core.extensions import db
from app.core.row_security import act_for
from app.sites.services import add_site

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
CLUSTER = "(select min(id) from clusters) + n % ({rows} / 200)"
TYPE = "(array['Article', 'Article', 'Article', 'Page', 'Product'])[1 + n % 5]"
STRUCTURE = "(array['Guide', 'Tutorial', 'Listicle', 'Comparison', 'Review', 'News'])[1 + n % 6]"
PARTS = {
    "clusters": """
insert into clusters (account_id, site_id, name, description, created_at, updated_at)
  select {account}, {site}, 'Cluster ' || n, '', now(), now() from generate_series(1, {rows} / 200) n""",
    "content_taxonomies": """
insert into content_taxonomies (account_id, site_id, name, slug, taxonomy_type, external_taxonomy, created_at,
  updated_at) select {account}, {site}, 'Term ' || n, 'term-' || n, 'tag', 'post_tag', now(), now()
  from generate_series(1, 400) n""",
    "keywords": """
insert into keywords (account_id, site_id, cluster_id, keyword, normalised, volume, difficulty, cpc, intent, country,
  created_at, updated_at)
  select {account}, {site}, case when n % 5 > 0 then {cluster} end, k, k,
  case when n % 20 > 0 then (n::bigint * 7919) % 5000 * 10 end, n % 101, n % 500 / 100.0,
  (array['informational', 'commercial', 'transactional'])[1 + n % 3], (array['US', 'DE', 'GB'])[1 + n % 3],
  now() - n * interval '1 second', now()
  from (select n, lower({keyword}) || ' ' || n as k from generate_series(1, {rows}) n) made""",
    "contents": """
insert into contents (account_id, site_id, cluster_id, content_type, content_structure, title, content_html, excerpt,
  slug, seo_title, seo_description, focus_keywords, is_outline, status, source, external_id, external_url,
  remote_status, sync_state, version, created_at, updated_at)
  select {account}, {site}, case when n % 4 > 0 then {cluster} end, {type}, {structure}, {title} || ' ' || n,
  '<p>Text</p>', '', 'post-' || n, '', '', '[]', false, (array['draft', 'published', 'published'])[1 + n % 3],
  (array['igny8', 'wordpress'])[1 + n % 2], case when n % 3 > 0 then n end,
  case when n % 3 > 0 then 'https://example.com/post-' || n end, case when n % 3 > 0 then 'publish' else '' end,
  case when n % 3 > 0 then 'in_step' else '' end, 1, now() - n * interval '3 seconds', now() - n * interval '2 seconds'
  from generate_series(1, {rows}) n""",
    "content_terms": """
insert into content_terms (content_id, term_id)
  select distinct id, (select min(id) from content_taxonomies) + (id * k * 31) % 400
  from contents, generate_series(1, 2) k where id % 2 = 0""",
    "ideas": """
insert into ideas (account_id, site_id, cluster_id, title, normalised_title, description, content_type,
  content_structure, primary_keyword, tone, created_at, updated_at)
  select {account}, {site}, {cluster}, {title} || ' ' || n, 'idea ' || n, '', {type}, {structure}, lower({keyword}), '',
  now() - n * interval '3 seconds', now() from generate_series(1, {rows} / 5) n""",
    "tasks": """
insert into tasks (account_id, site_id, cluster_id, title, description, content_type, content_structure,
  primary_keyword, tone, status, created_at, updated_at)
  select {account}, {site}, {cluster}, {title} || ' ' || n, '', {type}, {structure}, lower({keyword}), '',
  (array['queued', 'completed'])[1 + n % 2], now() - n * interval '3 seconds', now()
  from generate_series(1, {rows} / 5) n""",
    "audit_events": """
insert into audit_events (account_id, actor, action, subject, ip, created_at)
  select {account}, 'Lists', (array['content.saved', 'bulk.content_changed', 'site.changed'])[1 + n % 3],
  {title} || ' ' || n, '', now() - n * interval '5 seconds' from generate_series(1, {rows} / 5) n""",
    "runs": """
insert into runs (id, account_id, site_id, kind, title, job, queue, params, subject_type, subject_id, subject_kind,
  state, steps, done, data, attempt, due_at, cancel_requested, started_at, ended_at, created_at, updated_at)
  select gen_random_uuid(), {account}, {site}, 'publish', 'Publish', 'jobs.publish', 'default', '{{}}', 'content',
  (select min(id) from contents) + n - 1, case when n % 200 > 0 then {type} end,
  case when n % 200 = 0 then 'queued' else 'succeeded' end, '[]', 1,
  '{{"verdict": "verified"}}', 1, now() + case when n % 200 = 0 then n % 60 * interval '1 day' else interval '0' end,
  false, now(), case when n % 200 > 0 then now() - n * interval '1 minute' end, now() - n * interval '1 minute', now()
  from generate_series(1, {rows} / 10) n""",
}


def fill(url: str, rows: int) -> None:
    """The account, its site and their rows, as far as they are not there already; `url` is that of the owner."""
    with psycopg.connect(url, autocommit=True) as connection:
        account_id, site_id = _place(connection)
        words = "array[" + ",".join(f"'{word}'" for word in WORDS) + "]"
        texts = {
            name: TEXT.format(words=words, count=len(WORDS), length=length)
            for name, length in (("keyword", 3), ("title", 7))
        }
        values = {"account": account_id, "site": site_id, "rows": rows, "type": TYPE, "structure": STRUCTURE, **texts}
        for table, statement in PARTS.items():
            if not connection.execute(f"select 1 from {table} limit 1".encode()).fetchone():
                connection.execute(statement.format(cluster=CLUSTER.format(rows=rows), **values).encode())
        connection.execute("vacuum analyze")


def _place(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Account and site, made when they are not there. No transaction stays open: rows take longer than one may."""
    found = connection.execute("select account_id, id from sites limit 1").fetchone()
    if found:
        return found[0], found[1]
    user = sign_up(email=EMAIL, name="Lists", password=PASSWORD, account_name="Lists")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    site = add_site(account_id, name="Lists", url="https://lists.example.com", time_zone="UTC", sectors=[])
    ids = account_id, site.id
    db.session.commit()
    db.session.remove()
    return ids
