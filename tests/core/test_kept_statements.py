"""A connection knows what it has prepared after a rollback too, as after each request that only reads."""

import pytest
from sqlalchemy import text

from app.core.extensions import db

PREPARED_AFTER = 6  # uses, psycopg's threshold


def is_prepared(statement: str) -> bool:
    """Whether the connection that is used next has prepared it."""
    known = db.session.scalars(text("select statement from pg_prepared_statements")).all()
    db.session.rollback()
    return statement in known


@pytest.mark.usefixtures("app")
def test_what_is_prepared_outlives_a_rollback() -> None:
    for _ in range(PREPARED_AFTER):
        db.session.scalar(text("select 'after a rollback'"))
        db.session.rollback()
    assert is_prepared("select 'after a rollback'")


@pytest.mark.usefixtures("app")
def test_a_table_that_was_rolled_back_and_made_anew_is_asked_anew() -> None:
    for kind in ("integer", "text"):
        db.session.execute(text(f"create temporary table made_anew (value {kind})"))
        db.session.execute(text("insert into made_anew values ('7')"))
        for _ in range(PREPARED_AFTER):
            found = db.session.scalar(text("select count(value) from made_anew"))
        assert found == 1
        db.session.rollback()


@pytest.mark.usefixtures("app")
def test_a_statement_that_failed_spoils_none() -> None:
    for _ in range(PREPARED_AFTER):
        with pytest.raises(Exception, match="division by zero"):
            db.session.execute(text("select 1 / 0"))
        db.session.rollback()
        assert db.session.scalar(text("select 'after a failure'")) == "after a failure"
        db.session.rollback()
    assert is_prepared("select 'after a failure'")
