"""Migration 0066: answers that are younger than 30 days are encrypted, in the order of their sections; others go."""

import json

from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, text

from app import create_app
from app.config import ROOT
from app.core.crypto import decrypt
from app.core.extensions import db
from tests.conftest import Engines

FOLDER = str(ROOT / "migrations")
OUTLINE = json.dumps(
    [{"id": name, "heading": name.title(), "notes": "", "keywords": []} for name in ("sizes", "new", "care")]
)
FILL = """
insert into accounts (id, name, created_at, updated_at) values (1, 'A', now(), now());
insert into sites (id, account_id, name, url, time_zone, is_active, created_at, updated_at)
values (1, 1, 'S', 'https://s', 'UTC', true, now(), now());
insert into clusters (id, account_id, site_id, name, description, created_at, updated_at)
values (1, 1, 1, 'C', '', now(), now());
insert into tasks (id, account_id, site_id, cluster_id, title, description, content_type, content_structure,
    primary_keyword, tone, status, raw_response, created_at, updated_at)
select n, 1, 1, 1, 'T', '', 'Article', 'Guide', 'k', '', 'completed', 'last ' || n, now(),
    now() - case n when 2 then interval '31 days' else interval '1 day' end from generate_series(1, 3) n;
insert into draft_sections (account_id, site_id, task_id, text, section_id, asked, content_html, raw, words, created_at,
    updated_at)
select 1, 1, 1, '', name, '', '', 'raw ' || name, 1, now(), now() - interval '1 day'
from unnest(array['care', 'gone', 'sizes']) name;
"""
BRIEF = """
insert into briefs (account_id, site_id, task_id, title, description, intent, primary_keyword, secondary_keywords,
    outline, questions, link_ids, length_words, persona, tone, language, nearest, version, created_at, updated_at)
values (1, 1, 1, 'T', '', '', 'k', '[]', cast(:outline as jsonb), '[]', '[]', 500, '', '', 'en', '[]', 1, now(), now())
"""


def test_answers_move_with_their_places(engines: Engines) -> None:
    url = engines.postgres.make_database("answers")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with app.app_context():
        upgrade(directory=FOLDER, revision="0063")
        with owner.begin() as connection:
            connection.execute(text(FILL))
            connection.execute(text(BRIEF), {"outline": OUTLINE})
        upgrade(directory=FOLDER, revision="0066")
        with owner.connect() as connection:
            rows = connection.execute(text("select * from stored_answers order by task_id, place")).all()
        assert [
            (row.task_id, row.section_id, row.heading, row.place, decrypt(row.answer_encrypted)) for row in rows
        ] == [
            (1, "sizes", "Sizes", 0, "raw sizes"),
            (1, "care", "Care", 1, "raw care"),
            (1, "", "", 2, "last 1"),
            (3, "", "", 0, "last 3"),
        ]
        downgrade(directory=FOLDER, revision="0063")
        db.session.remove()
        db.engine.dispose()
