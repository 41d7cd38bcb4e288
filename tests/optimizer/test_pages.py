"""The pages of the Optimizer: the list, one content with its text marked, the panel, dismissing."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP, Actor
from app.core.errors import DomainError, Forbidden
from app.core.extensions import db
from app.core.roles import permissions_of
from app.optimizer import actions, scoring
from app.optimizer.analysis import Mark
from app.optimizer.marking import with_marks
from app.optimizer.models import ContentScore, DismissedAssessment
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_content
from tests.factories.work import newest_run, work

LONG = "This sentence goes on and on until nobody who reads it can remember any more how it began or what it was about."
HTML = f"<p>A <b>moka pot</b> makes coffee.</p><p>{LONG}</p><script>alert(1)</script>"


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka <pot>", content_html=HTML, focus_keywords=["moka pot"])


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_the_list_says_what_has_no_scores_and_starts_scoring(owner_client: FlaskClient, content: Content) -> None:
    assert "1 text has no scores yet." in text_of(owner_client, "/optimizer/")
    assert owner_client.post("/optimizer/score/").status_code == 303
    assert "Scoring the texts of" in text_of(owner_client, "/optimizer/")
    work(newest_run())
    page = text_of(owner_client, "/optimizer/")
    assert "Moka &lt;pot&gt;" in page
    assert "no scores yet" not in page


def test_the_list_is_filtered_by_score_and_by_what_is_bad(owner_client: FlaskClient, content: Content) -> None:
    good = make_content(content.site, "Good one")
    for row, overall, rating in ((content, 20, "bad"), (good, 90, "good")):
        scoring.keep_scores(row.account_id, [row.id])
        score = db.session.scalars(select(ContentScore).where(ContentScore.content_id == row.id)).one()
        score.overall, score.ratings = overall, {"text_length": rating}
    db.session.commit()
    for query, titles in (
        ("score=poor", ["Moka"]),
        ("score=good", ["Good one"]),
        ("bad=text_length", ["Moka"]),
        ("bad=passive_voice", []),
        ("q=good", ["Good one"]),
        ("sort=-overall", ["Good one", "Moka"]),
        ("sort=title", ["Good one", "Moka"]),
    ):
        page = text_of(owner_client, f"/optimizer/?{query}")
        assert re.findall(r"(Good one|Moka) ?(?:&lt;pot&gt;)?</a>", page) == titles, query


def test_one_content_has_its_places_marked_and_nothing_runs(owner_client: FlaskClient, content: Content) -> None:
    page = text_of(owner_client, f"/optimizer/{content.id}/")
    assert "The first paragraph has the keyphrase." in page
    assert "<mark>" not in page
    page = text_of(owner_client, f"/optimizer/{content.id}/?mark=sentence_length")
    assert f"<mark>{LONG}</mark>" in page
    page = text_of(owner_client, f"/optimizer/{content.id}/?mark=keyphrase_in_introduction")
    assert "<mark>A </mark><b><mark>moka pot</mark></b><mark> makes coffee.</mark>" in page
    assert "alert(1)" not in page


def test_the_panel_judges_what_is_not_saved_and_saves_nothing(owner_client: FlaskClient, content: Content) -> None:
    address = f"/optimizer/{content.id}/panel/"
    assert "The text has 28 words." in text_of(owner_client, address)
    form = {"title": "Moka pot", "content": "<p>Three words here.</p>", "version": str(content.version)}
    answer = owner_client.post(address, data=form, headers={"HX-Request": "true"})
    assert "The text has 3 words." in answer.text
    assert "<html" not in answer.text
    db.session.expire_all()
    assert content.content_html == HTML


def test_dismissing_needs_a_reason_counts_and_is_undone(owner_client: FlaskClient, content: Content) -> None:
    scoring.keep_scores(content.account_id, [content.id])
    db.session.commit()
    before = db.session.scalars(select(ContentScore)).one().engagement
    address = f"/optimizer/{content.id}/dismiss/images/"
    assert owner_client.post(address, data={"reason": " "}).status_code == 422
    assert owner_client.post(address, data={"reason": "A  <b>text</b> for the ear"}).status_code == 303
    assert owner_client.post(address, data={"reason": "Twice"}).status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(DismissedAssessment)).one().reason == "Twice"
    after = db.session.scalars(select(ContentScore)).one().engagement
    assert before is not None
    assert after is not None
    assert after > before
    assert "Dismissed: Twice" in text_of(owner_client, f"/optimizer/{content.id}/")
    assert owner_client.post(f"/optimizer/{content.id}/restore/images/").status_code == 303
    assert owner_client.post(f"/optimizer/{content.id}/restore/images/").status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(ContentScore)).one().engagement == before
    assert db.session.scalars(select(DismissedAssessment)).all() == []


def test_what_is_asked_for_by_others_is_refused(account: Account, content: Content) -> None:
    viewer = make_member(account, "viewer")
    actor = Actor(viewer.id, viewer.name, permissions=permissions_of("viewer"))
    assert actions.analyse_content(account.id, actor, content.id).words == 28
    with pytest.raises(Forbidden):
        actions.dismiss_assessment(account.id, actor, content.id, "images", "Because")
    with pytest.raises(DomainError, match="no such assessment"):
        actions.dismiss_assessment(account.id, THE_APP, content.id, "nonsense", "Because")


def test_a_viewer_sees_scores_and_nothing_to_press(sign_in: SignIn, account: Account, content: Content) -> None:
    page = text_of(sign_in(make_member(account, "viewer")), f"/optimizer/{content.id}/")
    assert "Alternative texts" in page
    assert "Dismiss" not in page


def test_marks_go_around_markup_and_never_overlap() -> None:
    html = '<p>One <a href="/x">two</a> three <img src="a.png"></p>'
    marks = [Mark(3, 27, ""), Mark(7, 12, ""), Mark(27, 51, ""), Mark(60, 900, "")]
    assert with_marks(html, marks) == (
        '<p><mark>One </mark><a href="/x"><mark>two</mark></a><mark> three </mark><mark><img src="a.png"></mark></p>'
    )
