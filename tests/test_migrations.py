"""Migrations: one head, the same schema as the models, and back."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app import create_app
from app.config import ROOT
from app.core.db import Base
from app.core.extensions import db
from tests.conftest import Engines


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_migrating_gives_the_models_schema_and_goes_back(engines: Engines) -> None:
    url = engines.postgres.make_database("migrations")
    app = create_app(
        {}, {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    )
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        upgrade(directory=str(ROOT / "migrations"))  # a second release changes nothing
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        assert differences == []
        downgrade(directory=str(ROOT / "migrations"), revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.session.remove()
        db.engine.dispose()
