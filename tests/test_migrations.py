"""Migrations: one head, the same schema as the models, and back."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, NullPool, create_engine, event, inspect, text

from app import create_app
from app.config import ROOT
from app.core.db import Base
from app.core.extensions import db
from tests.conftest import Engines

OLD_TOKEN = """
insert into api_tokens (id, account_id, name, hint, token_hash, scopes, expires_at, created_at, updated_at)
values (:id, 1, 'T', 'igny8_', 'hash ' || cast(:id as text), cast(:scopes as jsonb), now(), now(), now())
"""


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_migrating_gives_the_models_schema_and_goes_back(engines: Engines) -> None:
    url = engines.postgres.make_database("migrations")
    app = create_app(
        {}, {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    )
    commits: list[object] = []
    commit = commits.append
    with app.app_context():
        event.listen(Engine, "commit", commit)
        upgrade(directory=str(ROOT / "migrations"))
        event.remove(Engine, "commit", commit)
        assert len(commits) > len(list((ROOT / "migrations" / "versions").glob("*.py")))  # each by itself
        upgrade(directory=str(ROOT / "migrations"))  # a second release changes nothing
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        assert differences == []
        downgrade(directory=str(ROOT / "migrations"), revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.session.remove()
        db.engine.dispose()


def test_scopes_of_tokens_become_permissions(engines: Engines) -> None:
    url = engines.postgres.make_database("scopes")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"), revision="0020")
        with owner.begin() as connection:
            connection.execute(
                text("insert into accounts (id, name, created_at, updated_at) values (1, 'A', now(), now())")
            )
            connection.execute(text(OLD_TOKEN), {"id": 1, "scopes": '["view", "plan"]'})
            connection.execute(text(OLD_TOKEN), {"id": 2, "scopes": "[]"})
        upgrade(directory=str(ROOT / "migrations"), revision="0021")
        after = scopes_of_tokens(owner)
        downgrade(directory=str(ROOT / "migrations"), revision="0020")
    reads = ["account:read", "content:read", "planner:read", "sites:read", "writer:read"]
    assert after == {1: sorted([*reads, "planner:write", "runs:control"]), 2: []}
    assert scopes_of_tokens(owner) == {1: ["plan", "view"], 2: []}


def scopes_of_tokens(owner: Engine) -> dict[int, list[str]]:
    with owner.connect() as connection:
        rows = connection.execute(text("select id, scopes from api_tokens")).all()
    return {row.id: sorted(row.scopes) for row in rows}


OLD_KEYWORD = """
insert into keywords (id, account_id, site_id, keyword, normalised, volume, country, created_at, updated_at)
values (:id, 1, 1, :keyword, :normalised, :volume, :country, now(), now())
"""


def test_marks_leave_keywords_and_one_stored_twice_becomes_one(engines: Engines) -> None:
    url = engines.postgres.make_database("marks")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    before = [
        ("\u200ecold  Brew\u200f", "\u200ecold brew\u200f", 50, "DE"),
        ("Cold brew", "cold brew", None, "US"),
        ("moka\u200e pot", "moka\u200e pot", 10, None),
        ("tea", "tea", 1, None),
    ]
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"), revision="0024")
        with owner.begin() as connection:
            connection.execute(
                text("insert into accounts (id, name, created_at, updated_at) values (1, 'A', now(), now())")
            )
            connection.execute(
                text(
                    "insert into sites (id, account_id, name, url, time_zone, is_active, created_at, updated_at) "
                    "values (1, 1, 'S', 'https://x.example', 'UTC', true, now(), now())"
                )
            )
            for number, (keyword, normalised, volume, country) in enumerate(before, 1):
                values = {"keyword": keyword, "normalised": normalised, "volume": volume, "country": country}
                connection.execute(text(OLD_KEYWORD), {"id": number, **values})
        upgrade(directory=str(ROOT / "migrations"), revision="0025")
        with owner.connect() as connection:
            rows = connection.execute(text("select id, keyword, normalised, volume, country from keywords order by id"))
            assert [tuple(row) for row in rows] == [
                (2, "Cold brew", "cold brew", 50, "US"),
                (3, "moka pot", "moka pot", 10, None),
                (4, "tea", "tea", 1, None),
            ]
        db.session.remove()
        db.engine.dispose()
    owner.dispose()
