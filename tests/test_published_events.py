"""What each domain tells: every kind of event is published where it happens, with its subjects, once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.ai.tasks.draft import DraftResult
from app.ai.tasks.ideas import ProposedIdea
from app.content import actions
from app.content.events import ContentChanged, ContentDeleted, ContentRestored, ContentTrashed
from app.content.models import Content
from app.content.services import update_content
from app.core import events, features
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.events import delivery, subscribers
from app.core.extensions import db
from app.core.row_security import act_for
from app.features import FEATURES
from app.mirror.events import RemoteChanged
from app.planner.clusters.proposals import ProposedKeywords, Stored, store_proposals
from app.planner.clusters.services import create_cluster
from app.planner.events import ClustersCreated, IdeasCreated, KeywordsAdded
from app.planner.ideas.services import store_ideas
from app.planner.imports.rows import KeywordRow
from app.planner.imports.services import ImportTarget, store_chunk
from app.publishing.events import Published
from app.sites.models import Site
from app.sync.events import ImportFinished
from app.writer.events import DraftsWritten, TasksCreated
from app.writer.services import complete_task
from app.writer.task_edits import create_task
from tests.factories.blog import Blog
from tests.factories.imports import import_all
from tests.factories.things import make_cluster, make_content, make_keyword, make_task
from tests.sync.real import Real

Told = list[events.Event]


@pytest.fixture
def told(account: Account) -> Iterator[Told]:
    """All events that were delivered, of all kinds; see `deliver`."""
    heard: Told = []
    everything = [events.Subscriber(f"all.{kind.name}", kind, heard.append) for kind in events.Event.__subclasses__()]
    subscribers.register([(subscriber, None) for subscriber in everything])
    act_for(account.id)
    yield heard
    features.register(FEATURES)


def deliver(site: Site, told: Told) -> Told:
    """Commit, deliver, and take what was told."""
    db.session.commit()
    delivery.deliver(site.account_id)
    found = sorted(told, key=lambda event: event.name)
    told.clear()
    return found


def test_the_planner_tells_of_keywords_clusters_and_ideas(told: Told, site: Site) -> None:
    target = ImportTarget(site.account_id, site.id, utcnow())
    rows = [KeywordRow(line, word, word) for line, word in enumerate(("cold brew", "iced coffee"), start=1)]
    store_chunk(rows, target)
    (added,) = deliver(site, told)
    assert (type(added), len(added.subjects)) == (KeywordsAdded, 2)
    store_chunk(rows, target)  # the same again adds nothing
    assert deliver(site, told) == []
    by_hand = create_cluster(site.account_id, site.id, "By hand")
    (by_machine,) = store_proposals(site.account_id, site.id, [ProposedKeywords("Cold brew", "", added.subjects)])
    assert by_machine == Stored(True, 2)
    (made,) = deliver(site, told)
    assert (type(made), len(made.subjects)) == (ClustersCreated, 2)
    idea = ProposedIdea(
        title="How to", description="", content_type="Article", content_structure="Guide", primary_keyword="x"
    )
    store_ideas(by_hand, [idea])
    store_ideas(by_hand, [idea])
    (ideas,) = deliver(site, told)
    assert (type(ideas), len(ideas.subjects)) == (IdeasCreated, 1)


def test_the_writer_tells_of_tasks_and_drafts_and_content_of_changes(told: Told, site: Site) -> None:
    cluster = make_cluster(site)
    values = {
        "title": "Cold brew",
        "content_type": "Article",
        "content_structure": "Guide",
        "primary_keyword": "cold brew",
        "cluster": str(cluster.id),
    }
    task = create_task(site.account_id, site.id, values)
    assert deliver(site, told) == [TasksCreated(site.account_id, site.id, (task.id,))]
    task = make_task(cluster, status="queued")
    draft = DraftResult(
        title="T", content_html="<p>x</p>", excerpt="", seo_title="", seo_description="", focus_keywords=[]
    )
    content = complete_task(site.account_id, task.id, draft)
    assert content is not None
    assert complete_task(site.account_id, task.id, draft) is None
    drafts = [event for event in deliver(site, told) if isinstance(event, DraftsWritten)]
    assert drafts == [DraftsWritten(site.account_id, site.id, (content.id,))]
    update_content(content.id, site.account_id, {"title": "Other"}, expected_version=content.version)
    assert deliver(site, told) == [ContentChanged(site.account_id, site.id, (content.id,))]


def test_publishing_an_edit_there_and_an_import_are_told(told: Told, site: Site, blog: Blog) -> None:
    real = Real(site, blog)
    content = make_content(site, title="Cold brew")
    make_keyword(site)
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    assert deliver(site, told) == [Published(site.account_id, site.id, (content.id,))]
    real.forget()
    real.update(content, post_title="Edited there")
    real.pull()
    assert db.session.scalar(select(Content.title).where(Content.id == content.id)) == "Edited there"
    changed = [event for event in deliver(site, told) if isinstance(event, RemoteChanged)]
    assert changed == [RemoteChanged(site.account_id, site.id, (content.id,))]
    import_all(site)
    ended = [event for event in deliver(site, told) if isinstance(event, ImportFinished)]
    assert ended == [ImportFinished(site.account_id, site.id, ())]


def test_the_trash_tells_what_went_there_came_back_and_is_gone_for_good(told: Told, site: Site) -> None:
    content_id, nobody = make_content(site).id, Actor(None, "Rule", permissions=None)
    moves = (actions.move_to_trash, actions.restore_from_trash, actions.move_to_trash, actions.delete_for_good)
    heard = []
    for move in moves:
        deliver(site, told)
        move(site.account_id, nobody, site.id, [content_id])
        heard += [(type(event), event.subjects) for event in deliver(site, told)]
    kinds = (ContentTrashed, ContentRestored, ContentTrashed, ContentDeleted)
    assert heard == [(kind, (content_id,)) for kind in kinds]
