"""Processes of the version before work on beside the new schema: migrations add, and take away only a version later.

What the version before reads and writes has to be there still after each migration: its tables and columns, of the same
types, and nothing new that it would have to fill in.
"""

from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Engine, NullPool, create_engine, inspect

from app import create_app
from app.config import ROOT
from app.core.extensions import db
from tests.conftest import Engines

FIRST = "0089"  # what is older is said to need a stop, in README and CHANGELOG
# Migrations before which web and workers have to be stopped, with the reason; CHANGELOG says so too.
NEEDS_A_STOP: dict[str, str] = {}
FILLED_IN = {"content_terms.account_id": "by a trigger, from the content"}
Schema = dict[str, dict[str, dict[str, Any]]]


def schema_of(engine: Engine) -> Schema:
    inspector = inspect(engine)
    return {
        table: {column["name"]: dict(column) for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
    }


def in_the_way(before: Schema, after: Schema) -> list[str]:
    """What the version before stumbles over."""
    problems = [f"{table} is gone" for table in before if table not in after]
    for table, columns in before.items():
        new = after.get(table, {})
        for name, column in columns.items():
            if table in after and name not in new:
                problems.append(f"{table}.{name} is gone")
            elif name in new and str(new[name]["type"]) != str(column["type"]):
                problems.append(f"{table}.{name} has another type")
            elif name in new and column["nullable"] and not new[name]["nullable"]:
                problems.append(f"{table}.{name} may not be empty any more")
        problems += [
            f"{table}.{name} has to be filled in"
            for name in new.keys() - columns.keys()
            if not new[name]["nullable"]
            and new[name]["default"] is None
            and not new[name].get("identity")
            and f"{table}.{name}" not in FILLED_IN
        ]
    return problems


def newer_revisions() -> list[str]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(ROOT / "migrations")).walk_revisions(FIRST, "heads")
    return [script.revision for script in reversed(list(scripts))][1:]


def test_the_version_before_works_on_beside_each_new_migration(engines: Engines) -> None:
    url = engines.postgres.make_database("beside")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    problems = {}
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"), revision=FIRST)
        before = schema_of(owner)
        for revision in newer_revisions():
            upgrade(directory=str(ROOT / "migrations"), revision=revision)
            after = schema_of(owner)
            if (found := in_the_way(before, after)) and revision not in NEEDS_A_STOP:
                problems[revision] = found
            before = after
        db.session.remove()
        db.engine.dispose()
    assert problems == {}
    assert "0095" in newer_revisions()


def test_what_is_in_the_way_is_seen() -> None:
    text, number = (
        {"nullable": True, "default": None, "type": "TEXT"},
        {"nullable": False, "default": "0", "type": "INT"},
    )
    before: Schema = {"a": {"x": text, "y": number}, "b": {}}
    after: Schema = {"a": {"x": {**text, "nullable": False}, "z": {**text, "nullable": False}, "w": number}}
    assert in_the_way(before, after) == [
        "b is gone",
        "a.x may not be empty any more",
        "a.y is gone",
        "a.z has to be filled in",
    ]
    assert in_the_way(before, before) == []
    assert in_the_way({"a": {"x": text}}, {"a": {"x": {**text, "type": "INT"}}}) == ["a.x has another type"]
