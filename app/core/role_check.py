"""Whether the application's role in the database keeps accounts apart (docs/decisions/0015); the answers are sentences.

Asked before a process serves anybody, and by `/healthz`.
"""

from flask import Flask, current_app
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.config import DATABASE_ROLE as ROLE
from app.config import ConfigError
from app.core import row_security
from app.core.extensions import db
from app.core.logs import get_logger

log = get_logger(__name__)
MIGRATE = "Run `python -m app.cli migrate`"
_READS = text(
    "select current_user as name, session_user as login, coalesce(bool_and(has_table_privilege(c.oid, 'select')), true)"
    " as may_read from pg_class c where c.relname = 'contents' and c.relnamespace = 'public'::regnamespace"
)


def find_problem() -> str | None:
    """What is wrong with the role, and its cure; None when nothing is. Raises OperationalError without a database."""
    try:
        row = db.session.execute(_READS).one()
        if not row.may_read:
            return (
                f"The role {row.name} may not read the tables. Name {ROLE} in DATABASE_APP_URL, or run as the owner: "
                f"GRANT {ROLE} TO {row.name};"
            )
        return row_security.weakness()
    except OperationalError:
        db.session.rollback()
        reason = _why_not_connected()
        if reason is None:
            raise
        return reason


def find_advice() -> str | None:
    """What could be safer, although accounts are kept apart; None when nothing."""
    login = db.session.execute(_READS).one().login
    if login == ROLE or current_app.config["SQLALCHEMY_DATABASE_URI"] != current_app.config["OWNER_DATABASE_URI"]:
        return None
    return f"signed in as {login} and acting as {ROLE}; set DATABASE_APP_URL to sign in as a role that owns nothing"


def _why_not_connected() -> str | None:
    """Why the application cannot connect although the owner can; None when the owner cannot either."""
    config = current_app.config
    engine = create_engine(config["OWNER_DATABASE_URI"], connect_args=config["OWNER_CONNECT_ARGS"], poolclass=NullPool)
    try:
        with engine.connect() as connection:
            can_log_in = connection.scalar(
                text("select rolcanlogin from pg_roles where rolname = :name"), {"name": ROLE}
            )
    except (OperationalError, ProgrammingError):
        return None
    app_url, owner_url = make_url(config["SQLALCHEMY_DATABASE_URI"]), make_url(config["OWNER_DATABASE_URI"])
    if can_log_in is None:
        return f"The database has no role {ROLE}, which the application connects as. {MIGRATE}: it makes the role."
    if app_url == owner_url:
        return (
            f"{owner_url.username} of DATABASE_URL may not act as {ROLE}. As a superuser, run: "
            f"GRANT {ROLE} TO {owner_url.username};"
        )
    return (
        f"The database answers, and does not let {app_url.username or 'the user'} of DATABASE_APP_URL in. Check its "
        f"password and address; for {ROLE}, run: ALTER ROLE {ROLE} LOGIN PASSWORD '...';"
    )


def check_database_role(app: Flask) -> None:
    """Raise ConfigError with a sentence when accounts would not be kept apart. Leaves no connection open.

    Without a database nothing is raised: pages say so, and `/healthz` keeps checking.
    """
    with app.app_context():
        try:
            problem = find_problem()
            if problem is None and (better := find_advice()):
                log.warning("database_role_too_powerful", detail=better)
        except OperationalError:
            log.warning("database_away_at_start")
            problem = None
        finally:
            db.session.remove()
            db.engine.dispose()
    if problem:
        raise ConfigError(f"IGNY8 does not start: {problem}")
