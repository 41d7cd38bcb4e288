"""Migration 0072: what drafts said of pictures becomes rows of their contents, and goes back."""

import json

from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, text

from app import create_app
from app.config import ROOT
from app.core.extensions import db
from tests.conftest import Engines

FOLDER = str(ROOT / "migrations")
IMAGES = [
    {"heading": "Sizes", "shows": "Two pots", "alt": "Pots"},
    {"heading": "", "shows": "A sponge", "alt": ""},
    {"heading": "x", "shows": "", "alt": ""},
]
FILL = """
insert into accounts (id, name, created_at, updated_at) values (1, 'A', now(), now());
insert into sites (id, account_id, name, url, time_zone, is_active, created_at, updated_at)
values (1, 1, 'S', 'https://s', 'UTC', true, now(), now());
insert into contents (id, account_id, site_id, task_id, content_type, taxonomy, source, remote_status, status,
    content_structure, title, content_html, excerpt, slug, seo_title, seo_description, focus_keywords, is_outline,
    version, created_at, updated_at)
values (5, 1, 1, 7, 'Article', '', 'igny8', '', 'draft', 'Guide', 'T', '<p>x</p>', '', '', '', '', '[]', false,
    1, now(), now());
insert into content_images (id, account_id, content_id, role, position, sha256, mime, size, filename, alt, title,
    caption, created_at, updated_at)
values (9, 1, 5, 'gallery', 0, 'a', 'image/png', 1, 'a.png', 'A sponge', '', '', now(), now());
"""
BRIEF = """
insert into briefs (account_id, site_id, task_id, title, description, intent, primary_keyword, secondary_keywords,
    outline, questions, link_ids, length_words, persona, tone, language, nearest, version, image_briefs, created_at,
    updated_at)
values (1, 1, :task_id, 'T', '', '', 'k', '[]', '[]', '[]', '[]', 500, '', '', 'en', '[]', 1, cast(:images as jsonb),
    now(), now())
"""


def test_pictures_of_briefs_become_rows(engines: Engines) -> None:
    url = engines.postgres.make_database("pictures")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with app.app_context():
        upgrade(directory=FOLDER, revision="0071")
        with owner.begin() as connection:
            connection.execute(text(FILL))
            for task_id in (7, 8):  # the second has no content
                connection.execute(text(BRIEF), {"task_id": task_id, "images": json.dumps(IMAGES)})
        upgrade(directory=FOLDER, revision="0072")
        with owner.connect() as connection:
            rows = connection.execute(text("select * from planned_images order by id")).all()
        assert [(row.content_id, row.position, row.heading, row.shows, row.alt, row.image_id) for row in rows] == [
            (5, 0, "Sizes", "Two pots", "Pots", None),
            (5, 1, "", "A sponge", "", 9),
        ]
        assert not any(row.is_edited for row in rows)
        downgrade(directory=FOLDER, revision="0071")
        with owner.connect() as connection:
            briefs = connection.execute(text("select image_briefs from briefs order by task_id")).scalars().all()
        assert briefs == [IMAGES[:2], []]
        db.session.remove()
        db.engine.dispose()
