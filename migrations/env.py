"""Alembic environment: the owner's connection, the application's metadata, one migrator at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import NullPool, create_engine, text

from app.core import row_security

MIGRATION_LOCK = 8_408_001

db = current_app.extensions["migrate"].db


def run_migrations() -> None:
    """Run online under an advisory lock, so that two releases at once do it one after the other."""
    config = current_app.config
    engine = create_engine(config["OWNER_DATABASE_URI"], connect_args=config["OWNER_CONNECT_ARGS"], poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("set statement_timeout = 0; set lock_timeout = 0"))
        connection.execute(text(f"select pg_advisory_lock({MIGRATION_LOCK})"))
        connection.commit()
        row_security.make_role(connection)
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            compare_type=True,
            transaction_per_migration=True,  # what one has locked is free before the next begins
        )
        with context.begin_transaction():
            context.run_migrations()
        row_security.grant(connection)
        row_security.let_search_use_its_indexes(connection)
        connection.execute(text(f"select pg_advisory_unlock({MIGRATION_LOCK})"))
        connection.commit()


run_migrations()
