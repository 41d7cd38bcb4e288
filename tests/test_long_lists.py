"""List pages ask the database the same few questions however long the list is."""

from ast import literal_eval
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.core.listing import pages
from app.planner.keywords.services import countries
from app.sites.models import Site
from tests.factories.things import (
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_sector,
    make_site,
    make_task,
    make_term,
)

PAGES = (
    "/dashboard/",
    "/planner/keywords/",
    "/planner/clusters/",
    "/planner/ideas/",
    "/writer/tasks/",
    "/content/",
    "/runs/menu/",
    "/publishing/batches/",
)


MOST_QUESTIONS = {
    "/dashboard/": 28,
    "/planner/keywords/": 28,
    "/planner/clusters/": 22,
    "/planner/ideas/": 17,
    "/writer/tasks/": 21,
    "/content/": 24,
    "/runs/menu/": 13,
    "/publishing/batches/": 12,
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """SQL that is sent meanwhile."""
    with questions() as asked:
        seen: list[str] = []
        yield seen
        seen += [statement for statement, _ in asked]


@contextmanager
def questions() -> Iterator[list[tuple[str, str]]]:
    """SQL that is sent meanwhile, with its values."""
    seen: list[tuple[str, str]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, repr(values)))

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def fill(site: Site, rows: int) -> None:
    """One row of each kind, each with parents of its own."""
    for _ in range(rows):
        sector = make_sector(site, f"Sector {rows} {_}")
        cluster = make_cluster(site, sector_id=sector.id)
        make_keyword(site, cluster_id=cluster.id, sector_id=sector.id)
        make_idea(cluster)
        content = make_content(site, cluster_id=cluster.id, task_id=make_task(cluster, status="completed").id)
        content.terms = [make_term(site, f"Term {rows} {_}")]
        db.session.commit()


@pytest.mark.parametrize("address", PAGES)
def test_more_rows_are_not_more_questions(owner_client: FlaskClient, site: Site, address: str) -> None:
    counts = []
    for rows in (3, 12):
        fill(site, rows)
        owner_client.get(address)
        with statements() as seen:
            assert owner_client.get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("address", MOST_QUESTIONS)
def test_a_page_asks_few_questions_and_none_twice(owner_client: FlaskClient, site: Site, address: str) -> None:
    fill(site, 3)
    owner_client.get(address)
    with questions() as asked:
        owner_client.get(address)
    assert [question for question, times in Counter(asked).items() if times > 1] == []
    assert len(asked) <= MOST_QUESTIONS[address]


@pytest.mark.parametrize("address", ["/content/", "/writer/tasks/", "/planner/keywords/"])
def test_lists_do_not_load_what_they_do_not_show(owner_client: FlaskClient, site: Site, address: str) -> None:
    fill(site, 2)
    with statements() as seen:
        owner_client.get(address)
    assert not [statement for statement in seen if "contents.content_html" in statement or ".search," in statement]


def test_the_countries_of_a_site(site: Site, account: Account) -> None:
    other = make_site(account)
    for code in ("US", "DE", None, "US", "AT"):
        make_keyword(site, country=code)
    make_keyword(other, country="FR")
    assert countries(site.account_id, site.id) == ["AT", "DE", "US"]
    assert countries(site.account_id, other.id) == ["FR"]
    assert countries(site.account_id + 1, site.id) == []
    assert countries(site.account_id, make_site(account).id) == []


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("id from keywords where site_id = 1 order by volume desc nulls last, id limit 51", "ix_keywords_site_volume"),
        ("sum(volume) from keywords where cluster_id = 1", "ix_keywords_cluster_volume"),
        ("min(country) from keywords where site_id = 1 and country > 'A'", "ix_keywords_site_country"),
        ("id from ideas where site_id = 1 order by created_at desc, id limit 51", "ix_ideas_site_added"),
        ("id from tasks where site_id = 1 order by created_at desc, id limit 51", "ix_tasks_site_added"),
        (
            "id from contents where site_id = 1 and trashed_at is null order by updated_at desc, id desc limit 51",
            "ix_contents_site_updated",
        ),
    ],
)
def test_the_usual_questions_have_an_index(site: Site, owner_engine: Engine, question: str, index: str) -> None:
    if " from keywords " in question:
        fill_keywords(site)
    if " from contents " in question:
        fill_contents(site)
    for table in ("ideas", "tasks"):
        if f" from {table} " in question:
            fill_planned(site, table)
    plan_holds(owner_engine, question, index)


def fill_keywords(site: Site) -> None:
    """So many that indexes differ: in an empty table one is as good as another. They are truncated afterwards."""
    rows = (
        "insert into keywords (account_id, site_id, cluster_id, keyword, normalised, volume, created_at, updated_at) "
        "select 1, 1 + n % 2, :cluster, 'word ' || n, 'word ' || n, n, now(), now() from generate_series(1, 8000) n"
    )
    make_site(db.session.get_one(Account, site.account_id))
    db.session.execute(text(rows), {"cluster": make_cluster(site).id})
    db.session.commit()


def fill_contents(site: Site) -> None:
    """As `fill_keywords`."""
    owned = {"account_id": site.account_id, "site_id": site.id, "content_type": "Article"}
    db.session.execute(db.insert(Content), [{**owned, "title": f"Text {number}"} for number in range(3000)])
    db.session.commit()


def fill_planned(site: Site, table: str) -> None:
    """As `fill_keywords`, for ideas or tasks: half of them another site's."""
    own = {"ideas": ", normalised_title", "tasks": ", status"}[table]
    value = {"ideas": "'title ' || n", "tasks": "'queued'"}[table]
    rows = (
        f"insert into {table} (account_id, site_id, cluster_id, title, description, content_type, content_structure, "
        f"primary_keyword, tone, created_at, updated_at{own}) select 1, 1 + n % 2, :cluster, 'title ' || n, '', "
        f"'Article', 'article', '', '', now() - n * interval '1 minute', now(), {value} from generate_series(1, 3000) n"
    )
    make_site(db.session.get_one(Account, site.account_id))
    db.session.execute(text(rows), {"cluster": make_cluster(site).id})
    db.session.commit()


def test_keywords_are_counted_in_an_index_alone(account: Account, site: Site, owner_engine: Engine) -> None:
    assert (account.id, site.id) == (1, 1)
    fill_keywords(site)
    question = "count(*) from keywords where account_id = 1 and site_id = 1"
    plan_holds(owner_engine, question, "Index Only Scan")
    plan_holds(owner_engine, f"{question} and cluster_id is null", "ix_keywords_unclustered")


def test_the_usual_order_of_keywords_is_that_of_their_index(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, volume=10)
    with statements() as sent:
        owner_client.get("/planner/keywords/")
    (rows,) = [sql for sql in sent if "ORDER BY keywords.volume" in sql and "IS NOT NULL" in sql]
    assert "ORDER BY keywords.volume DESC NULLS LAST, keywords.id DESC" in rows  # as ix_keywords_site_volume has them


def test_rows_that_many_fit_are_found_by_what_an_index_has(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNT_CAP", 1)
    for title in ("C", "A", "B"):
        make_content(site, title=title)
    with statements() as sent:
        page = owner_client.get("/content/?type=Article&status=draft&sort=title").text
    (rows,) = [sql for sql in sent if "ORDER BY contents.title_key" in sql]
    assert rows.startswith("SELECT contents.id \nFROM contents")
    assert page.index(">A</a>") < page.index(">B</a>") < page.index(">C</a>")


def test_a_rare_word_is_found_without_reading_all_rows(
    owner_client: FlaskClient, site: Site, owner_engine: Engine
) -> None:
    fill_contents(site)
    analyze(owner_engine)
    with questions() as asked:
        assert "Text 2999" in owner_client.get("/content/?q=2999").text
    ((statement, values),) = [question for question in asked if "fitting" in question[0]]
    db.session.execute(text("set local enable_nestloop = off"))  # too dear, as of the rows of a long list
    plan = db.session.connection().exec_driver_sql(f"explain {statement}", literal_eval(values)).scalars()
    assert "Seq Scan on contents" not in "\n".join(plan)


def plan_holds(owner_engine: Engine, question: str, index: str) -> None:
    analyze(owner_engine)
    db.session.execute(text("set local enable_seqscan = off"))
    db.session.execute(text("set local enable_bitmapscan = off"))
    plan = "\n".join(db.session.scalars(text(f"explain select {question}")))
    assert index in plan


def analyze(owner_engine: Engine) -> None:
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze keywords, ideas, tasks, contents"))  # other tests left their traces
