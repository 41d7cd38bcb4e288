"""The second wall: with the application's own scoping gone, the database still shows one account only."""

import ast
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import BinaryExpression, BindParameter, Connection, Engine, event, func, select, text, true
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql import operators, visitors

from app.accounts.models import Account
from app.config import DATABASE_ROLE, ROOT
from app.content.models import Content
from app.core import row_security, tenancy
from app.core.db import Base
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.row_security import every_account, within
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_content, make_site, make_term
from tests.factories.world import CANARY, SIGNED, World, address, ask, everything_of, routes, world

__all__ = ["world"]

# People belong to no account; the rest holds neither names nor texts.
WITHOUT_POLICY = {"users", "user_sessions", "mail_tokens", "recovery_codes", "inbound_nonces", "periodic_ticks"} | {
    "operator_alerts",
    "backup_records",
}

# Where code looks across accounts on purpose. One more place needs a reason that holds.
ACROSS = {
    "app/accounts/request_context.py": 3,
    "app/accounts/services.py": 4,
    "app/accounts/invitations.py": 1,
    "app/ai/calls/record.py": 1,
    "app/api/calls.py": 1,
    "app/api/idempotency.py": 1,
    "app/api/webhook_sending.py": 2,
    "app/api/webhooks.py": 1,
    "app/ai/calls/upkeep.py": 1,
    "app/billing/credits.py": 1,
    "app/billing/sync.py": 1,
    "app/billing/upkeep.py": 4,
    "app/cli.py": 1,
    "app/legacy_import/upkeep.py": 1,
    "app/content/editing/revisions.py": 1,
    "app/content/bulk/upkeep.py": 1,
    "app/content/images/upkeep.py": 1,
    "app/content/links/services.py": 1,
    "app/core/audit.py": 3,
    "app/core/events/delivery.py": 3,
    "app/core/mail.py": 5,
    "app/core/rotation.py": 1,
    "app/core/runs/services.py": 1,
    "app/export/ending.py": 1,
    "app/export/adoption.py": 1,
    "app/export/services.py": 1,
    "app/devstack/stack.py": 2,
    "app/operations/figures.py": 1,
    "app/operations/alert_mails.py": 1,
    "app/monitoring/daily_mail.py": 1,
    "app/optimizer/rewrite/upkeep.py": 1,
    "app/optimizer/scoring.py": 1,
    "app/publishing/verification/services.py": 1,
    "app/saved_views/services.py": 1,
    "app/sites/health.py": 3,
    "app/sites/signed.py": 1,
    "app/sync/reconcile/nightly.py": 1,
    "app/sync/inbound/pull.py": 1,
    "app/mirror/upkeep.py": 1,
    "app/automation/timing.py": 1,
    "app/automation/upkeep.py": 2,
    "app/thinker/answers.py": 1,
    "app/writer/drafting/answers.py": 1,
    "app/core/runs/fair_share.py": 1,
}


FORBIDDEN = (
    "alter table contents disable row level security",
    "drop policy account on contents",
    "set role postgres",
    "set session authorization postgres",
    "update alembic_version set version_num = '1'",
    "create table t (a int)",
)


@pytest.fixture
def mine(app: Flask) -> Site:
    """A site with one content; its account is the one that the transaction is for."""
    site = make_site(make_account("Mine"))
    make_content(site, "My own")
    return site


@pytest.fixture
def theirs(app: Flask) -> Site:
    """The same of somebody else."""
    site = make_site(make_account("Theirs"))
    make_content(site, "Not mine")
    return site


@pytest.fixture
def bare(app: Flask) -> Iterator[Connection]:
    """A connection from the application's pool with no account set and no code of ours in between."""
    engine = db.engine
    event.remove(engine, "before_cursor_execute", row_security._set_account)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        event.listen(engine, "before_cursor_execute", row_security._set_account)


@pytest.fixture
def without_scoping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the application's conditions on `account_id` out of every ORM statement, and out of `owned`."""

    def any_row(model: Any, row_id: int, account_id: int) -> Any:
        row = db.session.get(model, row_id)
        if row is None:
            raise NotFound()
        return row

    monkeypatch.setattr(tenancy.owned, "__code__", any_row.__code__)
    event.listen(Session, "do_orm_execute", _unscope)
    yield
    event.remove(Session, "do_orm_execute", _unscope)


def _unscope(state: ORMExecuteState) -> None:
    traverse: Any = visitors.replacement_traverse
    state.statement = traverse(state.statement, {}, _drop)


def _drop(element: Any, **_: Any) -> Any:
    if not isinstance(element, BinaryExpression) or element.operator is not operators.eq:
        return None
    named = getattr(element.left, "name", None) == "account_id" and isinstance(element.right, BindParameter)
    return true() if named else None


def titles() -> list[str]:
    """What raw SQL without any condition gives."""
    return sorted(db.session.scalars(text("select title from contents")))


def test_the_application_is_neither_superuser_nor_owner(app: Flask) -> None:
    assert db.session.scalar(text("select current_user")) == DATABASE_ROLE
    assert row_security.weakness() is None
    for statement in FORBIDDEN:
        with pytest.raises(ProgrammingError):
            db.session.execute(text(statement))
        db.session.rollback()


def test_every_table_has_a_policy(app: Flask, owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        walled = set(connection.scalars(text("select relname from pg_class where relrowsecurity")))
        policies = set(connection.scalars(text("select tablename from pg_policies where qual is not null")))
    tables = {table.name for table in Base.metadata.sorted_tables}
    assert walled == policies
    assert tables - walled == WITHOUT_POLICY, "a new table needs a policy: see migrations/versions/*_row_security.py"
    assert {table.name for table in Base.metadata.sorted_tables if "account_id" in table.c} <= walled


def test_raw_sql_shows_one_account(mine: Site, theirs: Site) -> None:
    assert titles() == ["My own", "Not mine"]  # tests see all
    with within(mine.account_id):
        assert titles() == ["My own"]
        assert db.session.scalar(text("select count(*) from accounts")) == 1
        assert db.session.scalar(text("select count(*) from sites")) == 1
    with within(theirs.account_id):
        assert titles() == ["Not mine"]


def test_without_an_account_there_is_nothing(mine: Site, bare: Connection) -> None:
    for table in Base.metadata.sorted_tables:
        if table.name not in WITHOUT_POLICY:
            assert bare.scalar(select(func.count()).select_from(table)) == 0, table.name
    with pytest.raises(ProgrammingError, match="row-level security"):
        bare.execute(text("insert into accounts (name, created_at, updated_at) values ('x', now(), now())"))


def test_nothing_of_another_account_can_be_written(mine: Site, theirs: Site) -> None:
    before, my_account, their_account = everything_of(_account(theirs)), mine.account_id, theirs.account_id
    with within(my_account):
        assert _count("update contents set title = 'taken'") == 1
        assert _count("delete from contents where title <> 'taken'") == 0
        assert _count("delete from accounts where id <> :id", id=my_account) == 0
        db.session.commit()
        for statement in (
            "insert into sectors (account_id, site_id, name, created_at, updated_at) "
            "values (:id, 1, 'x', now(), now())",
            "update contents set account_id = :id",
        ):
            with pytest.raises(ProgrammingError, match="row-level security"):
                db.session.execute(text(statement), {"id": their_account})
            db.session.rollback()
    assert everything_of(_account(theirs)) == before


def _account(site: Site) -> Account:
    return db.session.get_one(Account, site.account_id)


def _count(statement: str, **values: object) -> int:
    result: Any = db.session.execute(text(statement), values)
    return int(result.rowcount)


def test_links_are_walled_by_what_they_link(mine: Site, theirs: Site) -> None:
    statement = (
        "insert into applied_sequences (site_id, object, taxonomy, object_id, sequence, event_id, applied_at) "
        "values (:id, 'post', '', 1, 1, 'e', now())"
    )
    db.session.execute(text(statement), {"id": theirs.id})
    db.session.commit()
    with within(mine.account_id):
        assert db.session.scalar(text("select count(*) from applied_sequences")) == 0
    with within(theirs.account_id):
        assert db.session.scalar(text("select count(*) from applied_sequences")) == 1


def test_the_account_of_a_term_is_that_of_its_content(mine: Site, theirs: Site) -> None:
    """Whatever account a statement names for it."""
    own, foreign, other = make_content(mine).id, make_content(theirs).id, theirs.account_id
    row = {"content": own, "term": make_term(mine).id, "foreign": foreign, "account": other}
    owner = mine.account_id
    db.session.commit()
    link = "insert into content_terms (content_id, term_id, account_id) values (:content, :term, :account)"
    with within(owner):
        db.session.execute(text(link), row)
        assert db.session.scalar(text("select account_id from content_terms")) == owner
        db.session.commit()
        for statement in ("update content_terms set content_id = :foreign", link.replace(":content", ":foreign")):
            with pytest.raises(ProgrammingError):
                db.session.execute(text(statement), row)
            db.session.rollback()


def test_the_next_user_of_a_connection_inherits_nothing(app: Flask, mine: Site, theirs: Site) -> None:
    account_id = mine.account_id
    db.session.remove()
    db.engine.dispose()  # a pool of one connection from here on
    for end in (db.session.commit, db.session.rollback, db.session.remove, _crash):
        with within(account_id):
            assert titles() == ["My own"]
            process = db.session.scalar(text("select pg_backend_pid()"))
            end()
        with app.app_context():  # somebody else, who is in no account
            assert db.session.scalar(text("select pg_backend_pid()")) == process
            assert titles() == []
            db.session.remove()


def _crash() -> None:
    with pytest.raises(ProgrammingError):
        db.session.execute(text("select nothing from nowhere"))
    db.session.remove()


def test_the_setting_follows_within_a_transaction(mine: Site, theirs: Site) -> None:
    my_account, their_account = mine.account_id, theirs.account_id
    with within(my_account):
        with every_account("a test"):
            assert titles() == ["My own", "Not mine"]
        assert titles() == ["My own"]
        savepoint = db.session.begin_nested()
        with within(their_account):
            assert titles() == ["Not mine"]
            savepoint.rollback()
            assert titles() == ["Not mine"]
        assert titles() == ["My own"]
        db.session.commit()
        assert titles() == ["My own"]


def test_a_transaction_begins_with_its_account_and_asks_no_more_for_it(mine: Site) -> None:
    seen: list[str] = []
    account_id = mine.account_id

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    db.session.commit()
    event.listen(db.engine, "before_cursor_execute", note)
    with within(account_id):
        for _ in range(2):
            assert titles() == titles() == ["My own"]
            db.session.commit()
        assert [statement for statement in seen if "set_config" in statement] == []
        titles()
        with every_account("a test"):
            titles()
    event.remove(db.engine, "before_cursor_execute", note)
    assert len([statement for statement in seen if "set_config" in statement]) == 1


def test_what_is_pending_is_written_on_its_own_side(mine: Site, theirs: Site) -> None:
    my_account, their_account = mine.account_id, theirs.account_id
    with within(my_account):
        db.session.add(Site(account_id=my_account, name="New", url="https://new.example.com"))
        with within(their_account):
            assert db.session.scalar(text("select count(*) from sites")) == 1
        assert db.session.scalar(text("select count(*) from sites")) == 2


@pytest.mark.usefixtures("without_scoping")
def test_strangers_meet_nothing_without_the_applications_own_scoping(
    app: Flask, world: World, stranger_client: FlaskClient
) -> None:
    assert db.session.scalars(select(Content.id).where(Content.account_id == 0)).all() != []  # it is gone indeed
    before, leaks = everything_of_all(world), []
    for rule, method in routes(app):
        if rule.endpoint.startswith(SIGNED) or rule.endpoint == "auth.logout":
            continue
        answer = ask(stranger_client, method, address(app, rule, world), world)
        if CANARY.encode() in answer.data:
            leaks.append(f"{method} {rule}")
    assert leaks == []
    assert everything_of_all(world) == before


def everything_of_all(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Like `everything_of`, past the missing scoping: rows by account, compared in Python."""
    db.session.rollback()
    rows = {}
    for table in Base.metadata.sorted_tables:
        if "account_id" in table.c:
            stmt = text(f'select * from "{table.name}" where account_id = :id')
            found = db.session.execute(stmt, {"id": world.account.id})
            rows[table.name] = sorted((tuple(row) for row in found), key=repr)
    return rows


def test_a_role_that_passes_the_wall_is_told(app: Flask, owner_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with owner_engine.connect() as connection:
        monkeypatch.setattr(row_security, "db", SimpleNamespace(session=connection))
        assert "postgres passes row-level security by" in (row_security.weakness() or "")


def test_places_that_look_across_accounts_are_few_and_known() -> None:
    found: Counter[str] = Counter()
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("jobs/**/*.py")]:
        if path.name != "wall.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
                found[str(path.relative_to(ROOT))] += name == "every_account"
    assert +found == Counter(ACROSS)
