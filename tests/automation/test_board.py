"""The board of contents by stage: its columns and pages, and moves that are real work or say why they are not."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.automation import actions, board
from app.automation.models import RuleExecution
from app.automation.pipeline import STAGES, stage_of
from app.content.models import Content
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.sites.models import Site
from tests.automation.test_pipeline import LIVE
from tests.factories.people import make_account
from tests.factories.rules import ADA
from tests.factories.things import make_content, make_site

IN_STAGE = {
    "draft": {},
    "linked": {"linker_version": 1},
    "optimized": {"optimizer_version": 1},
    "review": {"linker_version": 1, "optimizer_version": 1},
    "published": LIVE,
}
MOVED = {
    ("draft", "linked"): ["link_content"],
    ("draft", "optimized"): ["optimize_content"],
    ("draft", "review"): ["link_content", "optimize_content"],
    ("linked", "review"): ["optimize_content"],
    ("optimized", "review"): ["link_content"],
}
ASKED = {**dict.fromkeys(((stage, "published") for stage in STAGES if stage != "published"), "publish")}
ASKED["published", "draft"] = "unpublish"


@pytest.mark.parametrize("to", STAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_each_move_is_work_is_asked_about_or_says_why_not(site: Site, stage: str, to: str) -> None:
    act_for(site.account_id)
    content = make_content(site, **IN_STAGE[stage])
    assert stage_of(content) == stage
    if (stage, to) in MOVED:
        asked, execution = actions.move_content(site.account_id, ADA, content.id, to)
        assert execution is not None
        assert (asked, [one["kind"] for one in execution.actions], execution.subjects) == (
            "",
            MOVED[stage, to],
            [content.id],
        )
    elif (stage, to) in ASKED:
        assert actions.move_content(site.account_id, ADA, content.id, to) == (ASKED[stage, to], None)
        assert db.session.scalars(select(Run)).all() == []
    else:
        with pytest.raises(DomainError) as refused:
            actions.move_content(site.account_id, ADA, content.id, to)
        assert refused.value.code == "NO_SUCH_MOVE"
        assert len(refused.value.message) > 20


def test_who_is_sure_publishes_and_unpublishes_if_they_may(site: Site) -> None:
    foreign_id = make_content(make_site(make_account("Other"))).id
    act_for(site.account_id)
    draft, live = make_content(site), make_content(site, **LIVE)
    actions.move_content(site.account_id, ADA, draft.id, "published", is_sure=True)
    actions.move_content(site.account_id, ADA, live.id, "draft", is_sure=True)
    runs = {run.subject_id: run.kind for run in db.session.scalars(select(Run))}
    assert runs == {draft.id: "publish", live.id: "post_status"}
    with pytest.raises(Forbidden):
        actions.move_content(site.account_id, Actor(None, "Eve"), draft.id, "published")
    with pytest.raises(NotFound):
        actions.move_content(site.account_id, ADA, foreign_id, "linked")


def test_the_page_has_a_card_for_each_and_pages_for_each_column(site: Site, owner_client: FlaskClient) -> None:
    path = "/automation/pipeline/board/"
    assert "No content yet" in owner_client.get(path).text
    for stage in ("linked", "published"):
        make_content(site, f"One {stage}", **IN_STAGE[stage])
    page = owner_client.get(path).text
    assert page.count("board-card") == 2
    assert 'rel="next"' not in page
    now = utcnow()
    row = {"account_id": site.account_id, "site_id": site.id, "content_type": "Article", "content_structure": "Guide"}
    rows = [
        {**row, "title": f"Draft {n:03}", "content_html": "", "created_at": now, "updated_at": now} for n in range(500)
    ]
    db.session.execute(insert(Content), rows)
    db.session.commit()
    page = owner_client.get(path).text
    assert ("500</span>" in page, page.count("board-card"), page.count('rel="next"')) == (True, board.CARDS + 2, 1)
    assert len(page) < 60_000
    last = owner_client.get(f"{path}?draft=50&linked=1").text
    assert ("491–500" in last, 'rel="next"' in last, "draft=49" in last, "linked=1" in last) == (
        True,
        False,
        True,
        True,
    )
    assert owner_client.get(f"{path}?draft=x&review=-1").status_code == 200


def test_a_card_is_moved_and_going_live_is_asked_about(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site, "Cold brew")
    path = "/automation/pipeline/move/"
    answer = owner_client.post(path, data={"move": f"{content.id}:linked"})
    [execution] = db.session.scalars(select(RuleExecution)).all()
    assert answer.location.endswith(f"/automation/history/{execution.id}/")
    answer = owner_client.post(path, data={"move": f"{content.id}:published"})
    assert answer.location.endswith(f"/automation/pipeline/{content.id}/move/?to=published")
    assert "Publish “Cold brew”?" in owner_client.get(answer.location).text
    assert db.session.scalars(select(Run).where(Run.kind == "publish")).all() == []
    owner_client.post(path, data={"move": f"{content.id}:published", "sure": "1"})
    assert len(db.session.scalars(select(Run).where(Run.kind == "publish")).all()) == 1
    for to in ("draft", "nowhere"):
        answer = owner_client.post(path, data={"move": f"{content.id}:{to}"})
        assert answer.location.endswith("/automation/pipeline/board/")
        answer = owner_client.get(f"/automation/pipeline/{content.id}/move/?to={to}")
        assert answer.location.endswith("/automation/pipeline/board/")
    told = owner_client.post(path, data={"move": f"{content.id}:draft"}, headers={"HX-Request": "true"})
    assert "in this stage already" in told.headers["HX-Trigger"]
    assert owner_client.post(path, data={"move": "nonsense"}).status_code == 404


def test_a_viewer_sees_the_board_and_moves_nothing(site: Site, viewer_client: FlaskClient) -> None:
    content = make_content(site, "Cold brew")
    page = viewer_client.get("/automation/pipeline/board/").text
    assert ("Cold brew" in page, 'draggable="true"' in page, "board-move" in page) == (True, False, False)
    assert viewer_client.post("/automation/pipeline/move/", data={"move": f"{content.id}:linked"}).status_code == 403
