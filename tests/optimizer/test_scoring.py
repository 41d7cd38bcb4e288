"""Scores are kept up to date: by events, by runs, whoever is deleted, killed or faster meanwhile."""

from collections.abc import Collection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, event, select, update

from app.accounts.models import Account
from app.accounts.modules import switch
from app.content.models import Content
from app.content.services import update_content
from app.content.trash.services import trash_contents
from app.core import events
from app.core.actor import THE_APP
from app.core.events.delivery import deliver
from app.core.extensions import db
from app.core.runs import Run, turns
from app.mirror.events import RemoteChanged
from app.optimizer import scoring
from app.optimizer.actions import analyse_content
from app.optimizer.models import ContentScore
from app.sites.models import Site
from app.sync.events import ImportFinished
from app.writer.events import DraftsWritten
from tests.factories.things import make_content, make_keyword, make_site
from tests.factories.work import newest_run, put_back, work

HTML = "<p>A moka pot makes coffee. However, it is hot.</p>"


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka pot", content_html=HTML, focus_keywords=["moka pot"], slug="moka-pot")


def scores() -> dict[int, ContentScore]:
    db.session.expire_all()
    return {row.content_id: row for row in db.session.scalars(select(ContentScore))}


def score_all(site: Site) -> str:
    run = scoring.start_scoring(site.account_id, site.id, THE_APP)
    db.session.commit()
    return str(work(run).message) if run else ""


def test_a_run_scores_all_that_has_no_scores_once(content: Content) -> None:
    make_content(content.site, "Other")
    trashed = make_content(content.site, "Trashed")
    trash_contents([trashed.id], None)
    db.session.commit()
    assert scoring.count_unscored(content.account_id, content.site_id) == 2
    assert score_all(content.site) == "Scored 2 texts."
    row = scores()[content.id]
    assert (row.content_version, row.language, row.words) == (content.version, "en", 9)
    assert row.ratings["keyphrase_in_introduction"] == "good"
    assert row.overall is not None
    assert trashed.id not in scores()
    assert scoring.start_scoring(content.account_id, content.site_id, THE_APP) is None


def test_what_is_saved_is_scored_anew(content: Content) -> None:
    score_all(content.site)
    before = scores()[content.id]
    changes = {"content_html": HTML + "<p>" + "Another word stands here. " * 100 + "</p>"}
    update_content(content.id, content.account_id, changes, expected_version=content.version)
    db.session.commit()
    words = before.words
    deliver(content.account_id)
    after = scores()[content.id]
    assert after.words == words + 400
    assert after.content_version == content.version


@pytest.mark.parametrize("kind", [DraftsWritten, RemoteChanged])
def test_what_comes_in_is_scored(content: Content, kind: type[events.Event]) -> None:
    events.publish(kind(content.account_id, content.site_id, (content.id,)))
    db.session.commit()
    deliver(content.account_id)
    assert list(scores()) == [content.id]


def test_an_import_has_the_whole_site_scored_by_a_run(content: Content) -> None:
    events.publish(ImportFinished(content.account_id, content.site_id, ()))
    db.session.commit()
    deliver(content.account_id)
    assert work(newest_run()).message == "Scored 1 text."


def test_many_at_once_are_left_to_a_run(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MOST_SAVED", 1)
    other = make_content(content.site, "Other")
    events.publish(DraftsWritten(content.account_id, content.site_id, (content.id, other.id)))
    db.session.commit()
    deliver(content.account_id)
    assert scores() == {}
    assert work(newest_run()).message == "Scored 2 texts."


def test_another_version_of_the_analysis_has_all_scored_anew(content: Content, account: Account) -> None:
    score_all(content.site)
    db.session.execute(update(ContentScore).values(analyser_version=0, overall=1))
    other = make_content(make_site(account), "Of another site")
    db.session.commit()
    scoring.score_everywhere()
    scoring.score_everywhere()  # the runs are under way: no second ones
    runs = db.session.scalars(select(Run).where(Run.kind == "score_contents", Run.state == "queued")).all()
    assert sorted(run.site_id or 0 for run in runs) == sorted([content.site_id, other.site_id])
    for run in runs:
        work(run)
    assert {row.analyser_version for row in scores().values()} == {scoring.VERSION}
    assert scores()[content.id].overall != 1


def test_nothing_is_scored_where_the_module_is_off(content: Content) -> None:
    switch(content.account_id, THE_APP, "optimizer", False)
    db.session.commit()
    scoring.score_everywhere()
    events.publish(DraftsWritten(content.account_id, content.site_id, (content.id,)))
    db.session.commit()
    deliver(content.account_id)
    assert scores() == {}
    assert db.session.scalars(select(Run).where(Run.kind == "score_contents")).all() == []


def test_the_scores_of_a_newer_version_stay(content: Content) -> None:
    score_all(content.site)
    db.session.execute(update(ContentScore).values(content_version=content.version + 5, overall=77))
    db.session.commit()
    assert scoring.keep_scores(content.account_id, [content.id]) == 0
    db.session.commit()
    assert scores()[content.id].overall == 77


def test_a_content_that_is_deleted_meanwhile_is_left_out(content: Content, owner_engine: Engine) -> None:
    gone = make_content(content.site, "Gone").id

    def delete_it(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FOR KEY SHARE" in statement and "FROM contents" in statement:
            with owner_engine.begin() as other:
                other.execute(delete(Content).where(Content.id == gone))

    event.listen(db.engine, "before_cursor_execute", delete_it)
    try:
        assert score_all(content.site) == "Scored 1 text."
    finally:
        event.remove(db.engine, "before_cursor_execute", delete_it)
    assert list(scores()) == [content.id]


def test_a_scoring_gives_way_and_goes_on_where_it_was(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "PART", 1)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    others = make_content(make_site(db.session.get_one(Account, content.account_id)), "Elsewhere").site
    make_content(content.site, "Other")
    run, waiting = (scoring.start_scoring(site.account_id, site.id, THE_APP) for site in (content.site, others))
    assert run is not None
    assert waiting is not None
    db.session.commit()
    for count in (1, 2):
        assert work(run).state == "queued"
        assert len(scores()) == count
    assert work(run).message == "Scored 2 texts."


def test_a_killed_run_scores_the_rest_when_it_comes_back(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    make_content(content.site, "Other")
    keep, calls = scoring.keep_scores, list[Collection[int]]()

    def die_in_the_second(account_id: int, content_ids: Collection[int]) -> int:
        stored = keep(account_id, content_ids)
        calls.append(content_ids)
        if len(calls) == 2:
            raise SystemExit  # before the commit
        return stored

    monkeypatch.setattr(scoring, "PART", 1)
    monkeypatch.setattr(scoring, "keep_scores", die_in_the_second)
    run = scoring.start_scoring(content.account_id, content.site_id, THE_APP)
    assert run is not None
    db.session.commit()
    with pytest.raises(SystemExit):
        work(run)
    put_back(run)
    assert len(scores()) == 1
    assert work(run).message == "Scored 1 text."
    assert len(scores()) == 2


def test_the_same_keyphrase_elsewhere_on_the_site_is_counted(app: Flask, content: Content, account: Account) -> None:
    fields: dict[str, Any] = {"focus_keywords": ["Moka Pot"]}
    second, third = (make_content(content.site, f"Other {number}", **fields) for number in (1, 2))
    make_content(make_site(account), "Of another site", **fields)
    score_all(content.site)
    assert {row.ratings["keyphrase_used_elsewhere"] for row in scores().values()} == {"bad"}
    trash_contents([second.id, third.id], None)
    db.session.commit()
    scoring.keep_scores(account.id, [content.id])
    assert scores()[content.id].ratings["keyphrase_used_elsewhere"] == "good"


def test_what_the_cluster_asks_for_counts_as_coverage(site: Site, cluster: Any) -> None:
    for words in ("moka pot price", "clean a moka pot", "moka pot sizes"):
        make_keyword(site, words, cluster_id=cluster.id)
    html = HTML + "<h2>Sizes and price</h2><p>All sizes have a price. Clean it by hand.</p>"
    covers = make_content(site, "All", content_html=html, focus_keywords=["moka pot"], cluster_id=cluster.id)
    lacks = make_content(site, "None", content_html=HTML, focus_keywords=["moka pot"], cluster_id=cluster.id)
    score_all(site)
    assert scores()[covers.id].ratings["coverage"] == "good"
    assert scores()[lacks.id].ratings["coverage"] == "bad"


def test_what_is_said_in_other_words_is_covered_and_remembered_for_the_editor(site: Site, cluster: Any) -> None:
    for words in ("moka pot cost", "moka pot warranty", "moka pot induction"):
        make_keyword(site, words, cluster_id=cluster.id)
    html = HTML + "<p>The price is high. The maker guarantees it for ten years.</p><p>Wash it by hand.</p>"
    row = make_content(site, "Moka pot", content_html=html, focus_keywords=["moka pot"], cluster_id=cluster.id)
    score_all(site)
    assert scores()[row.id].said == {
        "moka pot cost": "The price is high.",
        "moka pot warranty": "The maker guarantees it for ten years.",
    }
    report = analyse_content(site.account_id, THE_APP, row.id)
    assert {item.text: str(item.state) for item in report.coverage} == {
        "moka pot cost": "covered",
        "moka pot warranty": "covered",
        "moka pot induction": "missing",
    }
    without = {"content_html": html.replace("The price is high.", "")}
    report = analyse_content(site.account_id, THE_APP, row.id, without)
    assert [item.text for item in report.coverage if item.state == "missing"] == ["moka pot cost", "moka pot induction"]
