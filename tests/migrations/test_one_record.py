"""Migration 0022: publications and remote states become one record, on 10,000 contents in every state."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, NullPool, create_engine, text

from app import create_app
from app.config import ROOT
from app.core.extensions import db
from tests.conftest import Engines

FOLDER = str(ROOT / "migrations")
COUNT = 10_000
T = "timestamptz '2026-03-01 00:00+00'"
# What a content is, by its number; the last ten kinds are rare.
KINDS = ("never", "both", "both", "imported", "published", "term", "conflict", "gone", "moved", "rare")
RARE = ("twin", "held", "orphan", "undated", "trashed")
HAS_STATE = "kind in ('both', 'imported', 'term', 'conflict', 'gone', 'moved', 'undated')"
HAS_PUBLICATION = "kind not in ('never', 'imported')"

FILL = f"""
insert into accounts (id, name, created_at, updated_at) select n, 'A', {T}, {T} from generate_series(1, 2) n;
insert into sites (id, account_id, name, url, time_zone, is_active, created_at, updated_at)
select n, least(n, 2), 'S', 'https://s' || n, 'UTC', true, {T}, {T} from generate_series(1, 3) n;
create table of_kind as select n, 1 + (n / 10) % 2 as site_id, case
    when n % 10 < 9 then (array['{"','".join(KINDS)}'])[1 + n % 10]
    when (n / 10) % 10 < 5 then (array['{"','".join(RARE)}'])[1 + (n / 10) % 10]
    else 'never' end as kind from generate_series(1, {COUNT}) n;
insert into contents (id, account_id, site_id, content_type, taxonomy, source, external_id, external_url, remote_status,
    status, published_at, content_structure, title, content_html, excerpt, slug, seo_title, seo_description,
    focus_keywords, is_outline, version, created_at, updated_at)
select n, site_id, site_id, case when kind = 'term' then 'Taxonomy' else 'Article' end,
    case when kind = 'term' then 'category' else '' end,
    case when kind = 'imported' then 'wordpress' else 'igny8' end,
    case when kind not in ('never', 'gone') then n end, case when kind <> 'never' then 'https://s/' || n end,
    case kind when 'never' then '' when 'gone' then 'deleted' when 'trashed' then 'trash' else 'publish' end, 'draft',
    case when {HAS_PUBLICATION} and kind <> 'undated' then {T} + n * interval '1 second' end,
    '', 'C' || n, '', '', '', '', '', '[]', false, 3, {T}, {T} from of_kind;
insert into remote_states (account_id, content_id, site_id, kind, taxonomy, external_id, remote_type, status, permalink,
    fields, base, ahead, images, content_hash, state_hash, agreed_version, seen_at, gone_at, created_at, updated_at)
select site_id, n, site_id, case when kind = 'term' then 'term' else 'post' end,
    case when kind = 'term' then 'category' else '' end, case when kind = 'moved' then 100000 + n else n end, 'post',
    'publish', case kind when 'moved' then 'https://s/new/' || n when 'undated' then '' else 'https://s/' || n end,
    '{{"title": "C"}}', '{{"title": ["a", "b"]}}', case when kind = 'conflict' then '["content"]' else '[]' end::jsonb,
    '{{}}', case kind when 'undated' then '' when 'conflict' then 'theirs' else 'hash' end, 'state', 3, {T},
    case when kind = 'gone' then {T} end, {T}, {T} from of_kind where {HAS_STATE};
insert into publications (account_id, content_id, site_id, external_id, external_type, external_taxonomy, external_url,
    published_hash, remote_hash, content_version, verdict, issues, first_published_at, last_published_at, look_at,
    created_at, updated_at)
select site_id, n, case when kind = 'orphan' then 3 else site_id end,
    case kind when 'twin' then n - (n % 200) when 'held' then n - 8 else n end,
    case when kind = 'term' then 'term' else 'post' end, case when kind = 'term' then 'category' else '' end,
    'https://s/' || n, 'sent' || n, 'hash', 3, 'published_with_issues', '[{{"code": "OLD_PAGE"}}]', {T},
    {T} + n * interval '1 second', {T}, {T}, {T} from of_kind where {HAS_PUBLICATION};
"""
FOUND = """
select k.kind, count(*) as contents, count(r.id) as states,
    count(*) filter (where r.published_hash = 'sent' || n) as sent,
    count(*) filter (where r.verdict = 'published_with_issues' and r.issues @> '[{"code": "OLD_PAGE"}]'
        and r.look_at is not null) as looked_at,
    count(*) filter (where c.published_at = timestamptz '2026-03-01 00:00+00' + n * interval '1 second') as dated,
    count(*) filter (where r.gone_at is not null) as gone,
    count(*) filter (where r.external_id = c.external_id and r.permalink = c.external_url) as same_address
from of_kind k join contents c on c.id = k.n left join remote_states r on r.content_id = k.n group by k.kind
"""


@pytest.fixture(scope="module")
def old(engines: Engines) -> Iterator[Engine]:
    """A database with the schema before, filled; the connection is the owner's, whom no row is hidden from."""
    url = engines.postgres.make_database("one_record")
    settings = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, settings)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with app.app_context():
        try:
            upgrade(directory=FOLDER, revision="0021")
            with owner.begin() as connection:
                for statement in FILL.strip().split(";\n"):
                    connection.execute(text(statement.rstrip(";")))
            yield owner
        finally:
            db.session.remove()
            db.engine.dispose()


def rows(owner: Engine, question: str) -> list[tuple[Any, ...]]:
    with owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def test_migrating_forward_loses_nothing_and_back_is_what_it_was(old: Engine) -> None:
    before = rows(old, "select count(*) from remote_states")[0][0]
    assert rows(old, "select count(*) from contents") == [(COUNT,)]
    upgrade(directory=FOLDER, revision="0022")
    found = {row[0]: row[1:] for row in rows(old, FOUND)}
    # contents, states, sent, looked at, dated, gone, at the same address
    assert found == {
        "never": (1500, 0, 0, 0, 0, 0, 0),
        "both": (2000, 2000, 2000, 2000, 2000, 0, 2000),
        "imported": (1000, 1000, 0, 0, 0, 0, 1000),
        "published": (1000, 1000, 1000, 1000, 1000, 0, 1000),
        "term": (1000, 1000, 1000, 1000, 1000, 0, 1000),
        "conflict": (1000, 1000, 1000, 1000, 1000, 0, 1000),
        "gone": (1000, 1000, 1000, 1000, 1000, 1000, 0),
        "moved": (1000, 1000, 1000, 1000, 1000, 0, 1000),
        "twin": (100, 50, 50, 50, 100, 0, 50),
        "held": (100, 0, 0, 0, 100, 0, 0),
        "orphan": (100, 0, 0, 0, 100, 0, 0),
        "undated": (100, 100, 100, 100, 100, 0, 100),
        "trashed": (100, 100, 100, 100, 100, 100, 100),
    }
    assert rows(old, "select count(*) from remote_states")[0][0] == before + 1000 + 50 + 100
    assert rows(old, "select count(*) from remote_states")[0][0] == before + 1000 + 50 + 100
    assert samples(old) == {
        # external id, address, its hash, of what kind, base of how many fields, ahead
        2: (2, "https://s/2", "hash", "post", "", 1, []),
        4: (4, "https://s/4", "hash", "post", "", 0, []),  # was published only
        5: (5, "https://s/5", "hash", "term", "category", 1, []),
        6: (6, "https://s/6", "theirs", "post", "", 1, ["content"]),
        8: (100008, "https://s/new/8", "hash", "post", "", 1, []),
        39: (39, "https://s/39", "hash", "post", "", 1, []),  # address and hash were known to the publication alone
        49: (49, "https://s/49", "hash", "post", "", 0, []),
        109: (0, "https://s/109", "hash", "post", "", 0, []),  # not of 9, which was published before
    }
    _back(old)


def samples(owner: Engine) -> dict[int, tuple[Any, ...]]:
    question = (
        "select content_id, external_id, permalink, content_hash, kind, taxonomy,"
        " (select count(*) from jsonb_object_keys(base)), ahead from remote_states"
        " where content_id in (2, 4, 5, 6, 8, 9, 39, 49, 109)"
    )
    return {row[0]: row[1:] for row in rows(owner, question)}


def _back(owner: Engine) -> None:
    states = rows(owner, "select * from remote_states order by id")
    downgrade(directory=FOLDER, revision="0021")
    found = rows(
        owner,
        "select external_id, external_type, external_taxonomy, external_url, published_hash, remote_hash,"
        " content_version, verdict, last_published_at = timestamptz '2026-03-01 00:00+00' + content_id * interval"
        " '1 second' from publications where content_id in (2, 5) order by content_id",
    )
    seen = "published_with_issues"
    assert found == [
        (2, "post", "", "https://s/2", "sent2", "hash", 3, seen, True),
        (5, "term", "category", "https://s/5", "sent5", "hash", 3, seen, True),
    ]
    assert rows(owner, "select count(*) from publications") == [(7250,)]
    guarded = "select relrowsecurity, (select count(*) from pg_policies where tablename = relname) from pg_class"
    assert rows(owner, f"{guarded} where relname = 'publications'") == [(True, 1)]
    upgrade(directory=FOLDER, revision="0022")
    assert rows(owner, "select * from remote_states order by id") == states
