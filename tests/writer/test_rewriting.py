"""Writing anew: what a person has is never overwritten, both texts are kept, and one is chosen."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

import jobs
from app.ai.calls.models import AiSettings
from app.billing.models import CreditUsage
from app.content.editing.models import ContentRevision
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import turns
from app.planner.models import Cluster
from app.thinker.models import PromptUse
from app.writer.briefs import services
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.drafting import answers, draft_steps, proposals
from app.writer.drafting.section_models import ANEW, Proposal, StoredAnswer
from app.writer.drafting.section_places import headings_of, section_of, with_section
from app.writer.pictures.models import PlannedImage
from app.writer.pictures.services import is_for_another_text, planned_images
from tests.factories.things import make_task
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI

NAMES = ("Sizes", "Induction", "Care", "Costs")


@pytest.fixture
def content(owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI) -> Content:
    """A draft that was written section by section."""
    task = make_task(cluster, "Moka pots", primary_keyword="moka pot")
    services.brief_of(task).outline = [Section(f"s{at}", name).stored() for at, name in enumerate(NAMES)]
    db.session.commit()
    owner_client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    assert work(newest_run()).state == "succeeded"
    openai.requests.clear()
    return db.session.scalars(select(Content)).one()


def only() -> Proposal:
    return db.session.scalars(select(Proposal)).one()


def kept_versions() -> list[ContentRevision]:
    return list(db.session.scalars(select(ContentRevision).order_by(ContentRevision.version)))


def rewrite(client: FlaskClient, content: Content, section: str = "") -> None:
    answer = client.post(f"/writer/contents/{content.id}/rewrite/", data={"section": section})
    assert answer.status_code == 303, answer.text


def take(client: FlaskClient, proposal: Proposal, version: int) -> int:
    return client.post(f"/writer/proposals/{proposal.id}/take/", data={"version": version}).status_code


def test_one_section_is_offered_and_taken_and_the_text_before_is_kept(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    before = content.content_html
    openai.answer_next({"content_html": "<p>All new.</p>"})
    rewrite(owner_client, content, "Induction")
    assert work(newest_run()).state == "succeeded"
    assert [seen.data["section"]["heading"] for seen in openai.requests] == ["Induction"]
    assert (content.content_html, content.version) == (before, 1)
    page = owner_client.get(f"/writer/proposals/{only().id}/").text
    assert "All new." in page
    assert "About Induction, in some words." in page
    assert "waits for you to choose" in owner_client.get(f"/writer/contents/{content.id}/checks/").text
    assert take(owner_client, only(), 1) == 303
    assert "All new." in content.content_html
    assert "About Induction" not in content.content_html
    assert "About Sizes, in some words." in content.content_html
    assert [(one.cause, one.content_html == before) for one in kept_versions()] == [("draft", True), ("rewrite", False)]
    assert take(owner_client, only(), 2) == 409


def test_what_a_text_was_written_anew_with_is_known_once_it_is_taken(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    first = {use.id for use in db.session.scalars(select(PromptUse))}
    rewrite(owner_client, content, "Induction")
    work(newest_run())
    use = db.session.scalars(select(PromptUse).where(PromptUse.id.not_in(first))).one()
    assert (use.operation, use.content_id, use.part) == ("section", None, f"proposal:{only().id}")
    take(owner_client, only(), 1)
    db.session.refresh(use)
    assert use.content_id == content.id
    assert use.call_id is not None


def test_an_edit_made_meanwhile_is_not_overwritten(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    rewrite(owner_client, content)
    edited = content.content_html.replace("About Sizes", "My own words on sizes")
    owner_client.post(f"/content/{content.id}/edit/", data={"version": "1", "content": edited})
    work(newest_run())
    assert "My own words on sizes" in content.content_html
    answer = owner_client.post(f"/writer/proposals/{only().id}/take/", data={"version": "1"})
    assert answer.status_code == 409
    assert "My own words on sizes" in answer.text
    assert "My own words on sizes" in content.content_html
    assert only().state == "open"
    assert take(owner_client, only(), 2) == 303
    assert "My own words on sizes" in kept_versions()[1].content_html


def test_it_is_decided_once(owner_client: FlaskClient, content: Content) -> None:
    rewrite(owner_client, content)
    work(newest_run())
    assert owner_client.post(f"/writer/proposals/{only().id}/drop/").status_code == 303
    assert owner_client.post(f"/writer/proposals/{only().id}/drop/").status_code == 409
    assert take(owner_client, only(), 1) == 409
    assert (only().state, content.version) == ("dropped", 1)


def test_a_killed_worker_asks_again_only_for_what_was_not_stored(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(owner_client, content, "Care")
    run = newest_run()
    work(run)
    put_back(run)
    monkeypatch.setattr(proposals, "add_proposal", None)
    jobs.execute(str(run.id))
    assert len(openai.requests) == 1
    assert only().section == "Care"


def test_the_whole_is_written_section_by_section_and_goes_on_after_a_failure(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    before = content.content_html
    brief = db.session.scalars(select(Brief)).one()
    db.session.execute(delete(PlannedImage))
    db.session.commit()
    openai.answer_next({"content_html": "<p>One anew.</p>"})
    openai.answer_next({"content_html": " "})  # and its repair
    openai.answer_next({"content_html": " "})
    rewrite(owner_client, content)
    assert work(newest_run()).state == "failed"
    rewrite(owner_client, content)
    assert work(newest_run()).state == "succeeded"
    headings = [seen.data.get("section", {}).get("heading", "finish") for seen in openai.requests]
    assert headings == ["Sizes", "Induction", "Induction", *NAMES[1:], "finish"]
    assert "One anew." in only().content_html
    assert "About Costs, in some words." in only().content_html
    assert (content.content_html, planned_images(content)) == (before, [])
    assert draft_steps.stored_sections(content.account_id, brief.task_id, ANEW) == {}
    assert len(draft_steps.stored_sections(content.account_id, brief.task_id)) == len(NAMES)  # of the first draft
    assert take(owner_client, only(), 1) == 303
    assert planned_images(content)[0].heading == "Sizes"
    assert not is_for_another_text(content, planned_images(content))
    keys = db.session.scalars(select(CreditUsage.key)).all()
    assert len(keys) == len(set(keys)) == 2 * (len(NAMES) + 1)


def test_others_have_a_turn_between_two_sections(
    owner_client: FlaskClient, content: Content, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    rewrite(owner_client, content)
    run = newest_run()
    owner_client.post("/writer/tasks/generate/", data={"ids": [make_task(cluster, "Filters").id]})
    assert run.lane == newest_run().lane
    run = work(run)
    assert (run.state, run.step, len(openai.requests)) == ("queued", "Letting others have a turn", 1)
    monkeypatch.setattr(turns, "TURN_SECONDS", 600)
    assert work(newest_run()).state == "succeeded"
    openai.requests.clear()
    assert work(run).state == "succeeded"
    assert [seen.data.get("section", {}).get("heading", "finish") for seen in openai.requests] == [*NAMES[1:], "finish"]


def test_two_starts_are_one_run(owner_client: FlaskClient, content: Content) -> None:
    rewrite(owner_client, content, "Care")
    first = newest_run().id
    rewrite(owner_client, content, "Care")
    assert newest_run().id == first


def test_a_section_that_is_gone_is_told(owner_client: FlaskClient, content: Content) -> None:
    answer = owner_client.post(f"/writer/contents/{content.id}/rewrite/", data={"section": "Nothing"})
    assert "There is no section" in answer.text or answer.status_code in (400, 409, 422)
    rewrite(owner_client, content, "Care")
    work(newest_run())
    owner_client.post(f"/content/{content.id}/edit/", data={"version": "1", "content": "<p>Other</p>"})
    answer = owner_client.post(f"/writer/proposals/{only().id}/take/", data={"version": "2"})
    assert "is not in the text any more" in answer.text
    assert only().state == "open"


def test_stored_answers_are_read_again_without_a_call(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    written = content.content_html
    owner_client.post(f"/content/{content.id}/edit/", data={"version": "1", "content": "<p>Lost it</p>"})
    answer = owner_client.post(f"/writer/contents/{content.id}/read-again/")
    assert answer.location == f"/writer/proposals/{only().id}/"
    assert only().content_html == written
    assert openai.requests == []
    assert content.content_html == "<p>Lost it</p>"


@pytest.mark.parametrize("section", ["", "Care"])
def test_stored_answers_of_what_was_written_anew_are_read_again_without_a_call(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI, section: str
) -> None:
    openai.answer_next({"content_html": "<p>Anew, with <b>weight</b>.</p>"})
    rewrite(owner_client, content, section)
    assert work(newest_run()).state == "succeeded"
    written = only()
    offered = (written.section, written.title, written.content_html, written.fields.get("seo_description"))
    assert "Anew, with" in written.content_html
    page = owner_client.get(f"/writer/proposals/{written.id}/").text
    assert "answer again" in page
    stored = db.session.scalars(select(StoredAnswer).where(StoredAnswer.text == f"proposal:{written.id}")).all()
    assert len(stored) == (1 if section else len(NAMES) + 1)
    of_draft = select(func.count()).select_from(StoredAnswer).where(StoredAnswer.text == "")
    assert db.session.scalar(of_draft) == len(NAMES) + 1  # those of the draft stay
    assert not any("Anew" in row.answer_encrypted for row in stored)
    written.content_html = "<p>Misread</p>"
    db.session.commit()
    openai.requests.clear()
    data = {"proposal": written.id}
    answer = owner_client.post(f"/writer/contents/{content.id}/read-again/", data=data)
    again = db.session.scalars(select(Proposal).order_by(Proposal.id.desc()).limit(1)).one()
    assert answer.location == f"/writer/proposals/{again.id}/"
    assert (again.section, again.title, again.content_html, again.fields.get("seo_description")) == offered
    assert openai.requests == []
    assert take(owner_client, again, 1) == 303
    assert "Anew, with" in content.content_html


def test_answers_go_after_thirty_days_and_a_part_alone_is_not_read(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    old = update(StoredAnswer).values(created_at=utcnow() - timedelta(days=31))
    db.session.execute(old.where(StoredAnswer.section_id == "s1"))
    db.session.commit()
    assert answers.delete_old_answers() == 1
    answer = owner_client.post(f"/writer/contents/{content.id}/read-again/")
    assert "No answer of a model is stored" in answer.text
    db.session.execute(old)
    db.session.commit()
    assert answers.delete_old_answers() == len(NAMES)
    assert db.session.scalars(select(Proposal)).all() == []


def test_an_account_that_keeps_no_answers_keeps_none_of_drafts(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    db.session.add(AiSettings(account_id=content.account_id, keep_texts=False))
    db.session.commit()
    assert answers.delete_old_answers() == len(NAMES) + 1
    rewrite(owner_client, content)
    assert work(newest_run()).state == "succeeded"
    assert db.session.scalars(select(StoredAnswer)).all() == []
    assert "answer again" not in owner_client.get(f"/writer/proposals/{only().id}/").text


def test_the_page_of_versions_lists_what_there_is(owner_client: FlaskClient, content: Content) -> None:
    rewrite(owner_client, content, "Care")
    work(newest_run())
    page = owner_client.get(f"/writer/contents/{content.id}/versions/").text
    for words in ("To decide", "Induction", "Write anew", "The whole text"):
        assert words in page
    assert planned_images(content)


def test_a_section_is_put_in_its_place_and_all_around_it_stays_byte_for_byte() -> None:
    text = (
        "<p>In</p>\r\n\r\n<!-- wp:heading -->\n<h2>One &amp; two</h2>\n<!-- /wp:heading -->\n\n"
        "<p>x</p><h3>Sub</h3><p>y</p>\n\n"
        "<!-- wp:heading -->\n<h2>Three</h2>\n<!-- /wp:heading -->\n<p>z</p>\n"
    )
    assert headings_of(text) == ["One & two", "Three"]
    section = section_of(text, "one & Two")
    assert section is not None
    assert section.startswith("<!-- wp:heading")
    assert "Sub" in section
    assert with_section(text, "One & two", section) == text
    assert (
        with_section(text, "Three", "<h2>New</h2>")
        == text[: text.index("<!-- wp:heading -->\n<h2>Three")] + "<h2>New</h2>\n"
    )
    assert with_section(text, "Four", "x") is None
