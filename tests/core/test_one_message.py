"""Statements of one message: what each gives, who is seen, and what holds when one of them fails."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.exc import DataError, OperationalError

from app.accounts.models import Account
from app.core.extensions import db
from app.core.one_message import rows_together
from app.core.row_security import act_for
from app.sites.models import Site

WORDS = text("select cast(:word as text), :number + 1")
ACCOUNT = text("select current_setting('igny8.account', true)")
NAMES = select(Site.name).where(Site.account_id == bindparam("account_id")).order_by(Site.id)
RENAME = text("update sites set name = :name where id = :id returning name")
WORD = {"word": "on", "number": 1}
FAILING = text("select 1 / cast(:zero as int)")


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with db.engine.begin() as begun:
        yield begun


def test_each_statement_gives_its_rows_in_their_order(connection: Connection) -> None:
    asked = [(WORDS, {"word": word, "number": number}) for number, word in enumerate(("café", "قہوہ", "it's 100 %"))]
    rows = rows_together(connection, *asked, (select(func.count(Site.id)), {}))
    assert rows == [[("café", 1)], [("قہوہ", 2)], [("it's 100 %", 3)], [(0,)]]


def test_they_see_the_rows_of_the_account_of_the_context_alone(site: Site) -> None:
    account_id, name = site.account_id, site.name
    db.session.rollback()
    for visible, expected in ((account_id, [(name,)]), (account_id + 1, [])):
        act_for(visible)
        with db.engine.begin() as connection:
            setting, names = rows_together(connection, (ACCOUNT, {}), (NAMES, {"account_id": account_id}))
            assert (setting, names) == ([(str(visible),)], expected)


def test_they_may_follow_in_a_transaction_that_has_begun(site: Site, account: Account) -> None:
    act_for(account.id)
    site.name = "Renamed, not committed"
    db.session.flush()
    [names] = rows_together(db.session.connection(), (NAMES, {"account_id": account.id}))
    assert names == [("Renamed, not committed",)]


def test_with_the_commit_they_hold_and_without_they_do_not(site: Site) -> None:
    act_for(site.account_id)
    site_id, before = site.id, site.name
    db.session.commit()
    for and_commit, held in ((False, before), (True, "Held")):
        with db.engine.connect() as connection, connection.begin():
            [renamed] = rows_together(connection, (RENAME, {"id": site_id, "name": "Held"}), and_commit=and_commit)
            assert renamed == [("Held",)]
            connection.rollback()
        assert db.session.get_one(Site, site_id, populate_existing=True).name == held
        db.session.rollback()


def test_where_one_fails_none_holds_and_the_connection_serves_on(site: Site) -> None:
    act_for(site.account_id)
    site_id, before = site.id, site.name
    db.session.commit()
    renaming = (RENAME, {"id": site_id, "name": "Lost"})
    with db.engine.connect() as connection:
        with pytest.raises(DataError, match="division by zero"), connection.begin():
            rows_together(connection, renaming, (FAILING, {"zero": 0}), renaming, and_commit=True)
        with connection.begin():
            assert rows_together(connection, (WORDS, WORD)) == [[("on", 2)]]
    assert db.session.get_one(Site, site_id, populate_existing=True).name == before


def test_a_server_that_hangs_up_is_an_operational_error_and_the_next_connection_serves(app: Flask) -> None:
    with db.engine.connect() as connection:
        with pytest.raises(OperationalError) as raised, connection.begin():
            rows_together(connection, (text("select pg_terminate_backend(pg_backend_pid())"), {}), (WORDS, WORD))
        assert raised.value.connection_invalidated
        connection.rollback()
        with connection.begin():
            assert rows_together(connection, (WORDS, WORD)) == [[("on", 2)]]
