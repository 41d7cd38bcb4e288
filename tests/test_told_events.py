"""What each domain tells: every kind of event is published where it happens, with its subjects, once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.ai.provider import DraftResult, ProposedIdea
from app.content.models import Content
from app.content.services import update_content
from app.core import events, features
from app.core.clock import utcnow
from app.core.events import delivery, subscribers
from app.core.events.kinds import KINDS
from app.core.extensions import db
from app.core.row_security import act_for
from app.features import FEATURES
from app.planner.clusters import create_cluster, store_proposal
from app.planner.ideas import store_ideas
from app.planner.imports import Target, store_chunk
from app.planner.keyword_import import KeywordRow
from app.sites.models import Site
from app.writer.services import complete_task, create_task
from tests.factories.blog import Blog
from tests.factories.imports import import_all
from tests.factories.things import make_cluster, make_content, make_keyword, make_task
from tests.sync.real import Real

Told = list[events.Event]


@pytest.fixture
def told(account: Account) -> Iterator[Told]:
    """All events that were delivered, of all kinds; see `deliver`."""
    heard: Told = []
    everything = [events.Subscriber(f"all.{name}", kind, heard.append) for name, kind in KINDS.items()]
    subscribers.register(everything)
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
    target = Target(site.account_id, site.id, utcnow())
    rows = [KeywordRow(line, word, word) for line, word in enumerate(("cold brew", "iced coffee"), start=1)]
    store_chunk(rows, target)
    (added,) = deliver(site, told)
    assert (type(added), len(added.subjects)) == (events.KeywordsAdded, 2)
    store_chunk(rows, target)  # the same again adds nothing
    assert deliver(site, told) == []
    by_hand = create_cluster(site.account_id, site.id, "By hand")
    by_machine, _taken = store_proposal(site.account_id, site.id, "Cold brew", "", list(added.subjects), None)
    assert by_machine
    (made,) = deliver(site, told)
    assert (type(made), len(made.subjects)) == (events.ClustersCreated, 2)
    idea = ProposedIdea(
        title="How to", description="", content_type="Article", content_structure="Guide", primary_keyword="x"
    )
    store_ideas(by_hand, [idea])
    store_ideas(by_hand, [idea])
    (ideas,) = deliver(site, told)
    assert (type(ideas), len(ideas.subjects)) == (events.IdeasCreated, 1)


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
    assert deliver(site, told) == [events.TasksCreated(site.account_id, site.id, (task.id,))]
    task = make_task(cluster, status="queued")
    draft = DraftResult(
        title="T", content_html="<p>x</p>", excerpt="", seo_title="", seo_description="", focus_keywords=[]
    )
    content = complete_task(site.account_id, task.id, draft)
    assert content is not None
    assert complete_task(site.account_id, task.id, draft) is None
    drafts = [event for event in deliver(site, told) if isinstance(event, events.DraftsWritten)]
    assert drafts == [events.DraftsWritten(site.account_id, site.id, (content.id,))]
    update_content(content.id, site.account_id, {"title": "Other"}, expected_version=content.version)
    assert deliver(site, told) == [events.ContentChanged(site.account_id, site.id, (content.id,))]


def test_publishing_an_edit_there_and_an_import_are_told(told: Told, site: Site, blog: Blog) -> None:
    real = Real(site, blog)
    content = make_content(site, title="Cold brew")
    make_keyword(site)
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    assert deliver(site, told) == [events.Published(site.account_id, site.id, (content.id,))]
    real.forget()
    real.update(content, post_title="Edited there")
    real.pull()
    assert db.session.scalar(select(Content.title).where(Content.id == content.id)) == "Edited there"
    changed = [event for event in deliver(site, told) if isinstance(event, events.RemoteChanged)]
    assert changed == [events.RemoteChanged(site.account_id, site.id, (content.id,))]
    import_all(site)
    ended = [event for event in deliver(site, told) if isinstance(event, events.ImportFinished)]
    assert ended == [events.ImportFinished(site.account_id, site.id, ())]
