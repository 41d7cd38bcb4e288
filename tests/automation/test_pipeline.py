"""The pipeline: each content is in one stage, worked out from what happened to it, and can be moved on."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import modules
from app.automation import actions
from app.automation.models import AutomationRule
from app.automation.pipeline import CONDITIONS, STAGES, count_stages, stage_of
from app.content.models import Content
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.row_security import act_for
from app.optimizer.models import ContentScore
from app.sites.models import Site
from tests.factories.people import NOBODY, make_account
from tests.factories.rules import ADA, executions, work_everything
from tests.factories.things import make_content, make_site, save
from tests.linker.conftest import pages

__all__ = ["pages"]
LIVE = {"status": "published", "remote_status": "publish", "external_id": 7}


def scored(content: Content, overall: int) -> None:
    """Give the content a score."""
    about = {"account_id": content.account_id, "site_id": content.site_id, "content_id": content.id}
    save(ContentScore(**about, content_version=1, analyser_version=1, overall=overall))


@pytest.mark.parametrize(
    ("fields", "overall", "stage"),
    [
        ({}, None, "draft"),
        ({}, 74, "draft"),
        ({"linker_version": 1}, 40, "linked"),
        ({}, 75, "optimized"),
        ({"optimizer_version": 1}, 10, "optimized"),
        ({"optimizer_version": 1, "linker_version": 1}, None, "review"),
        ({"linker_version": 2}, 90, "review"),
        ({"remote_status": "future"}, None, "review"),
        (LIVE, None, "published"),
        ({**LIVE, "linker_version": 1, "sync_state": "ours"}, 90, "published"),
        ({**LIVE, "sync_state": "both"}, None, "published"),
        ({"sync_state": "both", "external_id": 8}, None, "draft"),
    ],
)
def test_a_content_is_in_one_stage_and_its_status_stays(
    site: Site, fields: dict[str, Any], overall: int | None, stage: str
) -> None:
    content = make_content(site, **fields)
    if overall is not None:
        scored(content, overall)
    assert stage_of(content) == stage
    fits = [name for name, where in CONDITIONS.items() if db.session.scalar(select(Content.id).where(where))]
    assert fits == [stage]
    assert count_stages(site.account_id, site.id) == {**dict.fromkeys(STAGES, 0), stage: 1}
    assert content.status == fields.get("status", "draft")


def test_contents_are_processed_by_a_rule_of_the_site(site: Site, pages: dict[str, Content]) -> None:
    act_for(site.account_id)
    content = pages["Cold brew coffee"]
    execution = actions.process_writer_content(site.account_id, ADA, site.id, [content.id])
    db.session.commit()
    work_everything(site)
    [rule] = db.session.scalars(select(AutomationRule)).all()
    assert (rule.flow, rule.is_active, rule.trigger) == ("pipeline-writer", False, "content_generated")
    assert [one.id for one in executions(rule)] == [execution.id]
    assert execution.state == "succeeded"
    assert execution.steps[0]["kind"] == "link_content"
    assert content.linker_version == 1
    actions.process_writer_content(site.account_id, ADA, site.id, [content.id])
    assert len(db.session.scalars(select(AutomationRule)).all()) == 1


def test_nothing_of_others_and_nothing_without_a_module(site: Site) -> None:
    foreign_id, mine_id = make_content(make_site(make_account("Other"))).id, make_content(site).id
    act_for(site.account_id)
    with pytest.raises(NotFound):
        actions.process_writer_content(site.account_id, ADA, site.id, [foreign_id])
    with pytest.raises(DomainError, match="No content is chosen"):
        actions.process_writer_content(site.account_id, ADA, site.id, [])
    for module in ("linker", "optimizer"):
        modules.switch(site.account_id, NOBODY, module, False)
    with pytest.raises(DomainError, match="switched off"):
        actions.process_writer_content(site.account_id, ADA, site.id, [mine_id])
    with pytest.raises(DomainError, match="switched off"):
        actions.process_synced_content(site.account_id, ADA, site.id, [mine_id])


def test_the_page_lists_by_stage_and_moves_on(site: Site, owner_client: FlaskClient) -> None:
    assert "No content yet" in owner_client.get("/automation/pipeline/").text
    draft = make_content(site, "Waiting text")
    make_content(site, "Live text", **LIVE)
    page = owner_client.get("/automation/pipeline/").text
    assert "Waiting text" in page
    assert "Live text" in page
    page = owner_client.get("/automation/pipeline/?stage=published").text
    assert "Waiting text" not in page
    assert "Live text" in page
    answer = owner_client.post("/automation/pipeline/process/", data={"ids": [str(draft.id)], "way": "writer"})
    assert "/automation/history/" in answer.location
    answer = owner_client.post("/automation/pipeline/process/", data={"way": "writer"})
    assert answer.location.endswith("/automation/pipeline/")
