"""Two people who write the same rows in different ways at the same moment: one waits, and neither is sent away.

Each pair ended in a deadlock before both locked in one order (CONTRIBUTING, "Lock in this order").
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select

from app.accounts.models import Account
from app.ai.tasks.draft import DraftResult
from app.content import actions as content_actions
from app.content import services as content_services
from app.content.editing.working_copies import keep_working_copy
from app.content.models import Content
from app.content.trash.services import trash_contents
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.edits import etag
from app.core.extensions import db
from app.core.features import lists
from app.core.listing.selection import Selection
from app.core.runs import Run
from app.core.runs import actions as run_actions
from app.core.tenancy import owned
from app.identity.models import User
from app.linker import actions as linker_actions
from app.linker.models import LinkProposal
from app.mirror.apply import apply_post_items
from app.mirror.removals import mark_gone
from app.mirror.wire import PostItem
from app.optimizer import actions as optimizer_actions
from app.optimizer.rewrite.changes import ProposedChange
from app.optimizer.rewrite.task_models import OptimizationTask
from app.optimizer.scoring import keep_scores
from app.planner import actions as planner_actions
from app.planner.ideas import services as ideas
from app.planner.keywords.fields import KeywordForm, stored_texts
from app.planner.models import Idea, Keyword
from app.publishing import actions as publishing_actions
from app.publishing.post_status import services as post_status
from app.publishing.schedule import services as schedule
from app.saved_views import cells
from app.sites import actions as site_actions
from app.sites.models import Site
from app.writer import services as writer_services
from app.writer import task_edits
from app.writer.briefs import services as brief_services
from app.writer.drafting.bodies import keep_signatures
from app.writer.models import Task
from tests.factories.plugin import post_item
from tests.factories.races import meet_at_each_lock
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_sector, make_task

ANNA = Actor(None, "Anna", permissions=None)
Act = Callable[[SimpleNamespace], Any]
DRAFT = DraftResult(
    title="Brew", content_html="<p>Brew</p>", excerpt="", seo_title="", seo_description="", focus_keywords=[]
)


@pytest.fixture
def rows(site: Site) -> SimpleNamespace:
    """Ids: of `source` a keyword that was moved there, an idea, a task with a brief and a content; two to be published.

    `live` is in WordPress, `run` its scheduled publish.
    """
    source, target = (make_cluster(site, name, description="Searches such as “brew”.") for name in ("Source", "Target"))
    keyword, idea, task = make_keyword(site, cluster_id=target.id), make_idea(source), make_task(source)
    brief = brief_services.brief_of(task)
    content = make_content(site, cluster_id=source.id)
    live = make_content(site, external_id=7, external_url="https://a.example/7/", remote_status="publish")
    planned = make_content(site)
    due_at = utcnow() + timedelta(days=2)
    _, run = schedule.schedule(site.account_id, [planned.id, live.id], due_at, THE_APP)
    make_keyword(site, cluster_id=target.id)
    sector = make_sector(site)
    for row in (source, target, keyword, task, content):
        row.sector_id = sector.id
    db.session.commit()
    moved = planner_actions.move_keywords(site.account_id, ANNA, site.id, Selection([keyword.id]), str(source.id))
    assert moved.count == 1
    db.session.commit()
    return SimpleNamespace(
        account=site.account_id,
        site=site.id,
        source=source.id,
        target=target.id,
        keyword=keyword.id,
        idea=idea.id,
        task=task.id,
        version=brief.version,
        content=content.id,
        live=live.id,
        planned=planned.id,
        run=run.id,
        sector=sector.id,
    )


def save_keyword(at: SimpleNamespace) -> None:
    texts = stored_texts(owned(Keyword, at.keyword, at.account)) | {"keyword": "other", "cluster": str(at.target)}
    planner_actions.update_keyword(at.account, ANNA, at.keyword, KeywordForm.sent(texts).values)


def save_idea(at: SimpleNamespace) -> None:
    idea = owned(Idea, at.idea, at.account)
    ideas.update_idea(at.account, at.idea, ideas.stored_plan(idea) | {"cluster": str(at.target)})


def save_task(at: SimpleNamespace) -> None:
    values = task_edits.stored_task(owned(Task, at.task, at.account))
    task_edits.update_task(at.account, at.task, values | {"title": "Other", "cluster": str(at.target)})


def save_brief(at: SimpleNamespace) -> None:
    brief = brief_services.brief_of(owned(Task, at.task, at.account))
    values = {name: getattr(brief, name) for name in brief_services.FIELDS}
    try:
        brief_services.save_brief(at.account, at.task, values | {"title": "New"}, expected_version=at.version)
    except brief_services.BriefConflict:
        db.session.rollback()  # whoever saves the task was first: what was typed is shown again


def delete_task(at: SimpleNamespace) -> None:
    writer_services.delete_tasks(at.account, at.site, Selection([at.task]))


def finish_task(at: SimpleNamespace) -> None:
    writer_services.complete_task(at.account, at.task, DRAFT)


def merge(at: SimpleNamespace) -> None:
    planner_actions.merge_clusters(at.account, ANNA, [at.source], at.target)


def undo(at: SimpleNamespace) -> None:
    change = planner_actions.changes.last_undoable_change(at.account, at.site)
    assert change is not None
    planner_actions.undo_change(at.account, ANNA, change.id)


def move_others(at: SimpleNamespace) -> None:
    of_target = Selection(all_matching=True, filters={"cluster": str(at.target)})
    planner_actions.move_keywords(at.account, ANNA, at.site, of_target, str(at.source))


def delete_keywords(at: SimpleNamespace) -> None:
    planner_actions.delete_keywords(at.account, ANNA, at.site, Selection([at.keyword]))


def save_content(at: SimpleNamespace) -> None:
    content_services.update_content(at.content, at.account, {"cluster_id": at.target}, expected_version=1)


def put_in_cluster(at: SimpleNamespace) -> None:
    content_actions.assign_cluster(at.account, ANNA, at.site, [at.content], at.target)


def save_cell(at: SimpleNamespace, list_name: str, row_id: int) -> None:
    cell = lists()[list_name].cells["cluster"]
    values = {"value": str(at.target), "etag": etag(cell.open(at.account, row_id, False).stored)}
    cells.save_cell(cell, at.account, ANNA, row_id, values)


def save_keyword_cell(at: SimpleNamespace) -> None:
    save_cell(at, "keywords", at.keyword)


def save_idea_cell(at: SimpleNamespace) -> None:
    save_cell(at, "ideas", at.idea)


def save_task_cell(at: SimpleNamespace) -> None:
    save_cell(at, "tasks", at.task)


def save_content_cell(at: SimpleNamespace) -> None:
    save_cell(at, "content", at.content)


def undo_keyword_cell(at: SimpleNamespace) -> None:
    cell = lists()["keywords"].cells["cluster"]
    change = planner_actions.changes.last_undoable_change(at.account, at.site)
    assert change is not None
    after = etag(cell.open(at.account, at.keyword, False).stored)
    cells.undo_cell(cell, at.account, ANNA, at.keyword, f"{after}.{change.id}")


def trash(at: SimpleNamespace) -> None:
    content_actions.move_to_trash(at.account, ANNA, at.site, [at.live, at.planned])


def unpublish(at: SimpleNamespace) -> None:
    publishing_actions.change_post_status(at.account, ANNA, at.site, [at.live], post_status.DRAFT)


def cancel_publish(at: SimpleNamespace) -> None:
    run_actions.cancel_run(ANNA, owned(Run, at.run, at.account))


def publish_now(at: SimpleNamespace) -> None:
    publishing_actions.start_publishing(at.account, ANNA, [at.live])


def publish_batch(at: SimpleNamespace) -> None:
    publishing_actions.start_publishing(at.account, ANNA, [at.live, at.planned])


def schedule_batch(at: SimpleNamespace) -> None:
    publishing_actions.schedule_publishing(at.account, ANNA, [at.live, at.planned], utcnow() + timedelta(days=3))


def schedule_again(at: SimpleNamespace) -> None:
    publishing_actions.schedule_publishing(at.account, ANNA, [at.live], utcnow() + timedelta(days=3))


def delete_sector(at: SimpleNamespace) -> None:
    site_actions.delete_sector(at.account, ANNA, at.sector)


PAIRS = [
    (save_task, save_brief),
    (delete_task, save_task),
    (save_keyword, merge),
    (save_idea, merge),
    (save_task, merge),
    (finish_task, merge),
    (delete_keywords, merge),
    (save_content, merge),
    (put_in_cluster, merge),
    (save_keyword_cell, merge),
    (undo_keyword_cell, merge),
    (save_idea_cell, merge),
    (save_task_cell, merge),
    (save_content_cell, merge),
    (save_keyword, move_others),
    (move_others, undo),
    (unpublish, trash),
    (cancel_publish, trash),
    (publish_now, trash),
    (publish_batch, trash),
    (schedule_batch, trash),
    (schedule_again, publish_now),
    (delete_sector, save_task),
    (delete_sector, save_keyword),
    (delete_sector, save_content),
    (delete_sector, merge),
]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda act: act.__name__)
def test_who_comes_second_waits(app: Flask, owner_engine: Engine, rows: SimpleNamespace, one: Act, other: Act) -> None:
    first, second = partial(one, rows), partial(other, rows)
    assert meet_at_each_lock(app, owner_engine, first, second) == []
    assert meet_at_each_lock(app, owner_engine, second, first) == []


def save_text(at: SimpleNamespace) -> None:
    content_services.update_content(at.live, at.account, {"content_html": "<p>Mine</p>"}, expected_version=1)


def autosave(at: SimpleNamespace) -> None:
    fields = [("content_html", ["<p>Mine</p>"])]
    keep_working_copy(at.account, at.live, at.user, fields, base_version=1, tab="a", take_over=False)


def use_changes(at: SimpleNamespace) -> None:
    optimizer_actions.use_changes(at.account, ANNA, at.optimization)


def decide_changes(at: SimpleNamespace) -> None:
    optimizer_actions.decide_changes(at.account, ANNA, at.optimization, None, "rejected")


def accept_link(at: SimpleNamespace) -> None:
    linker_actions.accept_links(at.account, ANNA, [at.link])


def reject_link(at: SimpleNamespace) -> None:
    linker_actions.reject_links(at.account, ANNA, [at.link])


BETTERING = [
    *((better, other) for better in (use_changes, accept_link) for other in (publish_now, autosave, save_text, trash)),
    (use_changes, decide_changes),
    (use_changes, accept_link),
    (accept_link, reject_link),
]


@pytest.mark.parametrize(("one", "other"), BETTERING, ids=lambda act: act.__name__)
def test_who_makes_a_text_better_and_who_works_on_it_wait_for_each_other(
    app: Flask, owner_engine: Engine, rows: SimpleNamespace, owner: User, one: Act, other: Act
) -> None:
    content = db.session.get_one(Content, rows.live)
    content.content_html = "<h1>Pots</h1><p>See our moka pots.</p>"
    heading = ProposedChange(1, "heading", "<h1>Pots</h1>", "<h2>Pots</h2>", state="accepted")
    of_content = {"account_id": rows.account, "site_id": rows.site, "content_id": rows.live}
    optimization = OptimizationTask(
        **of_content,
        entry_point="manual",
        status="completed",
        content_version=content.version,
        html_before=content.content_html,
        changes=[heading.stored()],
    )
    link = LinkProposal(
        **of_content, target_id=rows.planned, score=70, url="https://a.example/pots/", anchor="moka pots"
    )
    db.session.add_all([optimization, link])
    db.session.commit()
    rows.user, rows.optimization, rows.link = owner.id, optimization.id, link.id
    first, second = partial(one, rows), partial(other, rows)
    assert meet_at_each_lock(app, owner_engine, first, second) == []
    assert meet_at_each_lock(app, owner_engine, second, first) == []


def retry_publish(at: SimpleNamespace) -> None:
    run_actions.retry_run(ANNA, owned(Run, at.run, at.account))


@pytest.mark.parametrize("other", [publish_now, trash, schedule_again], ids=lambda act: act.__name__)
def test_a_publish_that_is_started_again_waits_for_who_publishes_it(
    app: Flask, owner_engine: Engine, rows: SimpleNamespace, other: Act
) -> None:
    run = db.session.get_one(Run, rows.run)
    run.state, run.ended_at = "failed", utcnow()
    db.session.commit()
    again, second = partial(retry_publish, rows), partial(other, rows)
    assert meet_at_each_lock(app, owner_engine, again, second) == []
    assert meet_at_each_lock(app, owner_engine, second, again) == []


def test_an_event_of_wordpress_waits_for_who_deletes_its_content_for_good(
    app: Flask, owner_engine: Engine, rows: SimpleNamespace
) -> None:
    item = PostItem.model_validate(post_item(70))
    assert apply_post_items(rows.account, rows.site, [item]).created == 1
    content_id = db.session.scalars(select(Content.id).where(Content.title == item.title)).one()
    trash_contents([content_id], None)
    db.session.commit()
    delete = partial(content_actions.delete_for_good, rows.account, ANNA, rows.site, [content_id])
    gone = partial(mark_gone, rows.account, rows.site, {("", 70): "deleted"}, cause="event", by={})
    for one, other in ((delete, gone), (gone, delete)):
        assert meet_at_each_lock(app, owner_engine, one, other) == []


@pytest.mark.parametrize("what", ["content", "site", "account"])
def test_storing_scores_waits_for_who_deletes_their_content_for_good(
    app: Flask, owner_engine: Engine, rows: SimpleNamespace, what: str
) -> None:
    score = partial(keep_scores, rows.account, [rows.content])
    deletes: dict[str, Callable[[], Any]] = {
        "content": lambda: db.session.execute(delete(Content).where(Content.id == rows.content)),
        "site": lambda: db.session.execute(delete(Site).where(Site.id == rows.site)),
        "account": lambda: db.session.execute(delete(Account).where(Account.id == rows.account)),
    }
    for one, other in ((score, deletes[what]), (deletes[what], score)):
        assert meet_at_each_lock(app, owner_engine, one, other) == []


@pytest.mark.parametrize("is_read_before", [True, False])
@pytest.mark.parametrize("what", ["content", "site", "account"])
def test_reading_a_body_waits_for_who_deletes_it_for_good(
    app: Flask, owner_engine: Engine, rows: SimpleNamespace, what: str, is_read_before: bool
) -> None:
    content = owned(Content, rows.content, rows.account)
    content.content_html = f"<p>{' '.join(f'word{number}' for number in range(100))}.</p>"
    if is_read_before:
        assert keep_signatures(rows.account, [rows.content]) == 1
    trash_contents([rows.content], None)
    db.session.commit()
    read = partial(keep_signatures, rows.account, [rows.content])
    deletes: dict[str, Callable[[], Any]] = {
        "content": partial(content_actions.delete_for_good, rows.account, ANNA, rows.site, [rows.content]),
        "site": lambda: db.session.execute(delete(Site).where(Site.id == rows.site)),
        "account": lambda: db.session.execute(delete(Account).where(Account.id == rows.account)),
    }
    for one, other in ((read, deletes[what]), (deletes[what], read)):
        assert meet_at_each_lock(app, owner_engine, one, other) == []
