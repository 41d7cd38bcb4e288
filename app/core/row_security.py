"""Row-level security of PostgreSQL, which keeps accounts apart a second time (docs/decisions/0015).

The application's own conditions come first. Behind them, the database shows its role `igny8_app` only rows of the
account that the transaction is for. `act_for` says which, for the rest of the present application context: the
request's sign-in, a job's run, a plugin's signature. Without it no rows are visible. Code that rightly looks across
accounts says so by `every_account(why)`, around as little as possible; tests/core/test_row_security.py counts these
places.

The setting goes out with the BEGIN of each transaction, and is made again when it changes within one. It is local to
the transaction, so that neither a commit nor a crash leaves it to whoever uses the connection next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from flask import Flask, g, has_app_context
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import ProgrammingError

from app.config import DATABASE_ROLE as ROLE
from app.config import SESSION_SETTINGS, ConfigError
from app.core.extensions import db
from app.core.transaction_start import begin_with, begin_without

EVERY = "every"
NOBODY = ""
_STATE = "igny8_visible_account"
_SETTING = "select set_config('igny8.account', "
_SET = f"{_SETTING}%(account)s, true), set_config('igny8.every_account', %(every)s, true)"
# A pooler of transactions drops what a connection asks for, so that each transaction says it.
_SET_ALL = ", ".join([_SET, *(f"set_config('{name}', '{value}', true)" for name, value in SESSION_SETTINGS.items())])
_pooled: WeakSet[Engine] = WeakSet()
# Nothing can be set before these: a failed transaction takes only its way back.
_ALWAYS = (_SETTING, "SAVEPOINT ", "ROLLBACK TO ", "RELEASE ")


def act_for(account_id: int) -> None:
    """For the rest of this application context, only rows of this account are visible."""
    _see(str(account_id))


@contextmanager
def within(account_id: int) -> Iterator[None]:
    """Within this block, only this account's rows are visible, whatever was visible before."""
    with _seeing(str(account_id)):
        yield


@contextmanager
def every_account(why: str) -> Iterator[None]:
    """Within this block, rows of every account are visible; `why` is for readers of the code. Also a decorator."""
    assert why
    with _seeing(EVERY):
        yield


@contextmanager
def _seeing(account: str) -> Iterator[None]:
    before = visible_account()
    _see(account)
    try:
        yield
    except BaseException:
        g.visible_account = before
        raise
    _see(before)


def _see(account: str) -> None:
    """Flush what is pending, then switch the visible account: afterwards the flush would be refused."""
    try:
        if account != visible_account() and (db.session.new or db.session.dirty or db.session.deleted):
            db.session.flush()
    finally:
        g.visible_account = account


def visible_account() -> str:
    """The account of this context as text, `EVERY`, or `NOBODY`."""
    return str(g.get("visible_account", NOBODY)) if has_app_context() else NOBODY


def sees(account_id: int) -> bool:
    """True when rows of this account are visible in this context."""
    return visible_account() in (str(account_id), EVERY)


def init_app(app: Flask) -> None:
    """Have every transaction of the application's engine say which account it is for."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, "begin", _begin)
    event.listen(engine, "rollback_savepoint", _clear_account)  # undoes what was set since the savepoint
    event.listen(engine, "before_cursor_execute", _set_account)
    if app.config["DATABASE_APP_POOLED"]:
        _pooled.add(engine)


def _begin(connection: Connection) -> None:
    begin_without(connection)
    connection.info[_STATE] = None if connection.engine in _pooled else NOBODY


def _clear_account(connection: Connection, *_: object) -> None:
    connection.info[_STATE] = None


def _set_account(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return  # there is no transaction to set it for
    if not statement.startswith(_ALWAYS):
        say_account(connection)


def say_account(connection: Connection) -> None:
    """Have the transaction of this connection see the account of the context, if it does not yet.

    SQLAlchemy's statements do so by themselves; it is for those that go to the driver past it.
    """
    visible = visible_account()
    if connection.info.get(_STATE) == visible:
        return
    account, every = (NOBODY, "on") if visible == EVERY else (visible, "off")
    is_pooled = connection.engine in _pooled
    first = {"igny8.account": account, "igny8.every_account": every, **(SESSION_SETTINGS if is_pooled else {})}
    if not begin_with(connection, first):
        connection.exec_driver_sql(_SET_ALL if is_pooled else _SET, {"account": account, "every": every})
    connection.info[_STATE] = visible


_ROLE = text(
    "select current_user as name, r.rolsuper or r.rolbypassrls as passes, "
    "exists(select from pg_class c where c.relname = 'contents' and c.relnamespace = 'public'::regnamespace "
    "and pg_has_role(current_user, c.relowner, 'usage')) as owns, "
    "exists(select from pg_class c where c.relname = 'contents' and c.relnamespace = 'public'::regnamespace "
    "and c.relrowsecurity) as walled from pg_roles r where r.rolname = current_user"
)


def weakness() -> str | None:
    """Why the database does not keep accounts apart for the role that we are connected as; None when it does."""
    row = db.session.execute(_ROLE).one()
    if row.passes or row.owns:
        kind = "owns the tables" if row.owns and not row.passes else "passes row-level security by"
        return f"The role {row.name} {kind}. Connect as {ROLE}: remove DATABASE_APP_URL, or name that role in it."
    return None if row.walled else "Row-level security is not set up. Run `python -m app.cli migrate`."


def make_role(connection: Connection) -> None:
    """Make the application's role, as the owner of the database, and let the owner act as it.

    Raises ConfigError when the owner may not make roles and there is none yet.
    """
    if not connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": ROLE}):
        try:
            connection.execute(text(f"create role {ROLE} nosuperuser nocreatedb nocreaterole nobypassrls"))
        except ProgrammingError as error:
            raise ConfigError(
                f"The database has no role {ROLE}, and DATABASE_URL's may not make one. As a superuser, run: "
                f"CREATE ROLE {ROLE}; GRANT {ROLE} TO <the user of DATABASE_URL>;"
            ) from error
    if not connection.scalar(text("select pg_has_role(current_user, :name, 'member')"), {"name": ROLE}):
        connection.execute(text(f"grant {ROLE} to current_user"))


def grant(connection: Connection) -> None:
    """Let the application's role read and write what the migrations have made, and nothing else."""
    connection.execute(text(f"grant usage on schema public to {ROLE}"))
    connection.execute(text(f"grant select, insert, update, delete on all tables in schema public to {ROLE}"))
    connection.execute(text(f"grant usage, select, update on all sequences in schema public to {ROLE}"))
    connection.execute(text(f"revoke insert, update, delete on alembic_version from {ROLE}"))


def let_search_use_its_indexes(connection: Connection) -> None:
    """Mark text matching (`ts_match_vq`) as leakproof, which only a superuser may.

    PostgreSQL checks row policies before any condition that is not leakproof, and cannot use an index for such
    conditions. Without this, searches give the same rows, more slowly.
    """
    if connection.scalar(text("select rolsuper from pg_roles where rolname = current_user")):
        connection.execute(text("alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof"))
