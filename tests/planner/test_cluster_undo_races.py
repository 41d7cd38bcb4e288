"""Undo of what was done to clusters, when something else was done since, or is being done just now."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import act_for
from app.planner import actions
from app.planner.clusters import changes
from app.planner.models import Cluster, ClusterChange, Idea, Keyword
from app.sites.models import Sector, Site
from tests.factories.things import make_cluster, make_idea, make_keyword

ANNA = Actor(None, "Anna", permissions=None)


def last(site: Site) -> int:
    change = changes.last_undoable_change(site.account_id, site.id)
    assert change is not None
    return change.id


def undo(site: Site, change_id: int) -> str:
    words = actions.undo_change(site.account_id, ANNA, change_id)
    db.session.commit()
    return words


def edit(site: Site, cluster: Cluster, name: str, description: str = "") -> int:
    actions.update_cluster(site.account_id, ANNA, cluster.id, name=name, description=description)
    db.session.commit()
    return last(site)


def move(site: Site, ids: list[int], target: object, name: str = "") -> int:
    actions.move_keywords(site.account_id, ANNA, site.id, Selection(ids), str(target), name)
    db.session.commit()
    return last(site)


def cluster_texts() -> list[tuple[str, str]]:
    db.session.expire_all()
    rows = db.session.execute(select(Cluster.name, Cluster.description).order_by(Cluster.id))
    return [(row.name, row.description) for row in rows]


def test_undo_of_an_edit_overwrites_nobodys_later_words(site: Site) -> None:
    cluster = make_cluster(site, "Before")
    first = edit(site, cluster, "After", "by Anna")
    second = edit(site, cluster, "After", "by Ben, an hour of work")
    with pytest.raises(Conflict, match="edited again"):
        undo(site, first)
    db.session.rollback()
    assert cluster_texts() == [("After", "by Ben, an hour of work")]
    undo(site, second)
    undo(site, first)
    assert [name for name, _ in cluster_texts()] == ["Before"]


def test_a_cluster_made_by_a_move_stays_when_somebody_described_it_since(site: Site) -> None:
    word = make_keyword(site, "wide shoes", cluster_id=make_cluster(site, "Shoes").id)
    moved = move(site, [word.id], "new", "Wide shoes")
    made = db.session.scalars(select(Cluster).where(Cluster.name == "Wide shoes")).one()
    edit(site, made, "Wide shoes", "in my own words")
    undo(site, moved)
    assert cluster_texts()[1] == ("Wide shoes", "in my own words")
    db.session.refresh(word)
    assert word.cluster_id != made.id


def test_undo_of_an_edit_says_when_the_cluster_is_gone(site: Site) -> None:
    cluster = make_cluster(site, "Before")
    change = edit(site, cluster, "After")
    actions.delete_clusters(site.account_id, ANNA, [cluster.id])
    db.session.commit()
    with pytest.raises(Conflict, match="not there any more"):
        undo(site, change)


def test_undo_says_what_could_not_be_put_back(site: Site) -> None:
    home, target = make_cluster(site, "Home"), make_cluster(site, "Target")
    ids = [make_keyword(site, f"word {number}", cluster_id=home.id).id for number in range(3)]
    change = move(site, ids, target.id)
    move(site, ids[:1], "none")
    assert undo(site, change).endswith("; 1 of 3 keywords stay as they are: something else was done with them since")
    ids = [make_keyword(site, f"other {number}", cluster_id=home.id).id for number in range(2)]
    change = move(site, ids, target.id)
    actions.delete_clusters(site.account_id, ANNA, [target.id])
    db.session.commit()
    assert "2 of 2 keywords stay" in undo(site, change)


def test_a_merge_is_taken_back_though_the_sector_was_deleted_since(site: Site) -> None:
    sector = Sector(account_id=site.account_id, site_id=site.id, name="Coffee")
    db.session.add(sector)
    kept, gone = make_cluster(site, "Kept"), make_cluster(site, "Gone")
    db.session.flush()
    gone.sector_id = sector.id
    word, idea = make_keyword(site, "a word", cluster_id=gone.id), make_idea(gone, title="Old")
    db.session.commit()
    word_id, gone_id, idea_id = word.id, gone.id, idea.id
    actions.merge_clusters(site.account_id, ANNA, [kept.id, gone_id], kept.id)
    db.session.commit()
    db.session.delete(db.session.get(Sector, sector.id))
    db.session.execute(update(Idea).where(Idea.id == idea_id).values(title="New", normalised_title="new"))
    db.session.commit()
    undo(site, last(site))
    row = db.session.execute(select(Keyword.cluster_id, Cluster.sector_id).join(Cluster).where(Keyword.id == word_id))
    assert row.one() == (gone_id, None)
    key = db.session.execute(select(Idea.cluster_id, Idea.normalised_title).where(Idea.id == idea_id)).one()
    assert key == (gone_id, "new")  # of the title that it has now


def test_after_30_days_an_old_page_undoes_nothing(owner_client: FlaskClient, site: Site) -> None:
    change = move(site, [make_keyword(site, "shoes").id], make_cluster(site, "Shoes").id)
    db.session.execute(update(ClusterChange).values(created_at=utcnow() - timedelta(days=31)))
    db.session.commit()
    answer = owner_client.post(f"/planner/clusters/changes/{change}/undo/")
    assert answer.status_code == 409
    assert "for 30 days" in answer.text


def test_of_two_people_at_once_one_takes_it_back(app: Flask, site: Site) -> None:
    home = make_cluster(site, "Home")
    ids = [make_keyword(site, f"word {number}", cluster_id=home.id).id for number in range(20)]
    change = move(site, ids, "new", "Made")
    account_id, home_id, start, told = site.account_id, home.id, threading.Barrier(2), list[str]()

    def take_back() -> None:
        with app.app_context():
            act_for(account_id)
            start.wait(10)
            try:
                actions.undo_change(account_id, ANNA, change)
                db.session.commit()
                told.append("done")
            except Conflict as error:
                told.append(error.code)

    threads = [threading.Thread(target=take_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["UNDONE", "done"]
    db.session.rollback()
    assert set(db.session.scalars(select(Keyword.cluster_id))) == {home_id}
    assert [name for name, _ in cluster_texts()] == ["Home"]


def test_a_keyword_that_joins_during_a_merge_comes_back_with_its_undo(app: Flask, site: Site) -> None:
    kept, gone = make_cluster(site, "Kept"), make_cluster(site, "Gone")
    word, late = make_keyword(site, "a word", cluster_id=gone.id), make_keyword(site, "late")
    db.session.commit()
    account_id, kept_id, gone_id, late_id = site.account_id, kept.id, gone.id, late.id
    assert word.cluster_id == gone_id
    db.session.execute(update(Keyword).where(Keyword.id == late_id).values(cluster_id=gone_id))  # not committed yet
    waits = threading.Event()

    def merge() -> None:
        with app.app_context():
            act_for(account_id)
            waits.set()
            actions.merge_clusters(account_id, ANNA, [kept_id, gone_id], kept_id)
            db.session.commit()

    thread = threading.Thread(target=merge)
    thread.start()
    waits.wait(10)
    thread.join(0.3)  # it waits for us, or is not that far: either way nothing is lost
    db.session.commit()
    thread.join(30)
    undo(site, last(site))
    assert set(db.session.scalars(select(Keyword.cluster_id))) == {gone_id}
