"""The one place that narrows what somebody sees to granted sites, asked in every way that SQLAlchemy knows."""

import pytest
from flask import Flask, g
from sqlalchemy import delete, exists, func, literal, select, update
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.content.listing import CONTENT_LIST
from app.content.models import Content, ContentImage, content_terms
from app.core import site_scope
from app.core.actor import THE_APP, Actor
from app.core.db import Base
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.listing.pages import fetch_page
from app.core.runs import Run
from app.core.runs.services import count_active, find_active, get_run, recent_runs, start_run
from app.core.tenancy import owned, owned_many
from app.planner.models import Cluster, Keyword
from app.publishing.batches.services import start_batch
from app.publishing.models import PublishBatch
from app.sites.models import Site
from tests.factories.people import make_member
from tests.factories.pictures import add_images
from tests.factories.things import make_cluster, make_content, make_keyword, make_site
from tests.factories.work import a_kind

OF_THE_ACCOUNT = {
    "users",
    "accounts",
    "memberships",
    "user_sessions",
    "mail_tokens",
    "recovery_codes",
    "invitations",
    "api_tokens",
    "module_switches",
    "audit_events",
    "outgoing_mails",
    "periodic_ticks",
    "billing_accounts",
    "billing_invoices",
    "credit_balances",
    "credit_entries",
    "title_vectors",  # read by runs of one site alone, which name it
    "image_renditions",  # of an image by its hash, whichever contents of the account have it
    "text_vectors",  # of a text by its hash, whoever wrote it in the account
    "credit_reservations",
    "pack_purchases",
    "stripe_events",
    "publish_batches",
    "billing_returned_payments",
    "ai_calls",  # Admins alone see them, who see all sites
    "ai_attempts",
    "ai_settings",
    "ai_spend",
    "ai_spender_caps",
    "ai_providers",
    "ai_routes",
    "prompt_versions",  # one prompt for all sites of the account
    "prompt_labels",
    "list_settings",
    "news_looks",
    "daily_mails",  # of a person; what it tells is of the granted sites
    "rule_mails",  # of a person; mails are of rules that they may see
    "shipped_prompts",
    "operator_alerts",  # of the installation
    "backup_records",
    "api_answers",  # of a token, which is asked for what it may see before
    "api_calls",
    "webhooks",  # of those who see all sites: an account's Admins
    "webhook_deliveries",
}


@pytest.fixture
def sites(account: Account) -> tuple[int, int]:
    """The first is granted, the second is not."""
    mine, other = make_site(account), make_site(account)
    for site in (mine, other):
        make_keyword(site, cluster_id=make_cluster(site).id)
        add_images(make_content(site), 1)
    return mine.id, other.id


@pytest.fixture
def account_id(account: Account) -> int:
    return account.id


@pytest.fixture
def limited(sites: tuple[int, int], account: Account, account_id: int) -> int:
    """The id of somebody who sees the first site only; from here on the test is that person."""
    person = make_member(account, "editor", sites=[sites[0]]).id
    make_member(account)
    db.session.expunge_all()
    site_scope.limit_to(frozenset({sites[0]}), person)
    return person


@pytest.fixture(autouse=True)
def _see_all_again(app: Flask):
    yield
    g.pop("site_scope", None)


def test_every_table_is_of_a_site_or_known_to_be_of_the_account(app: Flask) -> None:
    scope = site_scope.SiteScope(frozenset({1}), 1)
    unknown = {
        table.name
        for table in Base.metadata.sorted_tables
        if site_scope.in_sites(table, scope) is None and table.name not in OF_THE_ACCOUNT
    }
    assert unknown == set(), "say whether these belong to a site: a foreign key, __site_scope__, or OF_THE_ACCOUNT"


def test_rows_by_id_are_found_in_granted_sites_only(sites: tuple[int, int], limited: int, account_id: int) -> None:
    mine, other = sites
    assert owned(Site, mine, account_id).id == mine
    with pytest.raises(NotFound):
        owned(Site, other, account_id)
    with site_scope.every_site():
        images = {row.content_id: row.id for row in db.session.scalars(select(ContentImage))}
        contents = {row.site_id: row.id for row in db.session.scalars(select(Content))}
        db.session.expunge_all()
    assert owned(ContentImage, images[contents[mine]], account_id)
    with pytest.raises(NotFound):
        owned(ContentImage, images[contents[other]], account_id)
    with pytest.raises(NotFound):
        owned_many(Content, list(contents.values()), account_id)


def test_lists_counts_and_subqueries_are_narrowed(sites: tuple[int, int], limited: int, account_id: int) -> None:
    other = aliased(Keyword)
    counts = [
        select(func.count()).where(Keyword.account_id == account_id),
        select(func.count()).select_from(Keyword),
        select(func.count(Keyword.id)),
        select(func.count()).select_from(select(Keyword.id).where(Keyword.account_id == account_id).subquery()),
        select(func.count()).select_from(select(Keyword.id).cte("rows")),
        select(func.count()).select_from(Cluster).join(Keyword, Keyword.cluster_id == Cluster.id),
        select(func.count()).select_from(Site).where(exists().where(other.site_id == Site.id)),
        select(func.count()).select_from(Keyword.__table__),
        select(func.count()).select_from(ContentImage),
        select(func.count()).select_from(Content.__table__.outerjoin(ContentImage.__table__)),
    ]
    assert [db.session.scalar(stmt) for stmt in counts] == [1] * len(counts)
    assert len(db.session.execute(select(literal(1)).where(Keyword.account_id == account_id)).all()) == 1
    assert len(db.session.execute(select(Keyword.id).union_all(select(Keyword.id))).all()) == 2
    assert fetch_page(CONTENT_LIST, CONTENT_LIST.read({}), select(Content)).total == 1
    assert db.session.execute(select(content_terms)).all() == []


def test_relationships_are_narrowed(sites: tuple[int, int], limited: int) -> None:
    cluster = db.session.scalars(select(Cluster)).one()
    assert cluster.site_id == sites[0]


def test_changes_in_bulk_reach_granted_sites_only(sites: tuple[int, int], limited: int, account_id: int) -> None:
    db.session.execute(update(Keyword).where(Keyword.account_id == account_id).values(country="NO"))
    db.session.execute(update(Content.__table__).values(title="Changed"))
    db.session.execute(delete(Cluster).where(Cluster.account_id == account_id))
    db.session.commit()
    with site_scope.every_site():
        db.session.expire_all()
        assert {row.site_id: row.country for row in db.session.scalars(select(Keyword))}[sites[1]] != "NO"
        assert {row.site_id: row.title for row in db.session.scalars(select(Content))}[sites[1]] != "Changed"
        assert [row.site_id for row in db.session.scalars(select(Cluster))] == [sites[1]]


def _run(account_id: int, site_id: int | None, actor_id: int | None, key: str | None = None) -> Run:
    return start_run(
        account_id=account_id,
        kind=a_kind("t", "jobs.none"),
        title="t",
        actor=Actor(actor_id, "", permissions=None),
        site_id=site_id,
        exclusive_key=key,
    )


def test_runs_are_those_of_granted_sites_and_ones_own(sites: tuple[int, int], limited: int, account_id: int) -> None:
    colleague = limited + 1
    runs = [
        _run(account_id, sites[0], colleague),
        _run(account_id, sites[1], limited),
        _run(account_id, None, limited),
        _run(account_id, None, colleague),
    ]
    ids = [run.id for run in runs]
    db.session.commit()
    db.session.expunge_all()
    assert {run.id for run in recent_runs(account_id)} == {ids[0], ids[2]}
    assert count_active(account_id) == 2
    for hidden in (ids[1], ids[3]):
        with pytest.raises(NotFound):
            get_run(hidden, account_id)


def test_an_exclusive_run_of_another_site_is_given_back_instead_of_waiting_for_ever(
    sites: tuple[int, int], limited: int, account_id: int
) -> None:
    first = _run(account_id, sites[1], None, key="once")
    assert _run(account_id, sites[0], limited, key="once").id == first.id
    assert find_active("once", account_id) is not None


def test_batches_are_those_with_a_row_of_a_granted_site(sites: tuple[int, int], account_id: int) -> None:
    contents = {row.site_id: row.id for row in db.session.scalars(select(Content))}
    both = start_batch(account_id, list(contents.values()), THE_APP).id
    db.session.commit()
    theirs = start_batch(account_id, [make_content(db.session.get_one(Site, sites[1])).id], THE_APP).id
    db.session.commit()
    db.session.expunge_all()
    site_scope.limit_to(frozenset({sites[0]}), None)
    assert [batch.id for batch in db.session.scalars(select(PublishBatch))] == [both]
    with pytest.raises(NotFound):
        owned(PublishBatch, theirs, account_id)


def test_without_a_scope_nothing_is_narrowed(sites: tuple[int, int]) -> None:
    assert site_scope.current_scope() is None
    assert db.session.scalar(select(func.count()).select_from(Site)) == 2
