"""What a publish leaves in the one record of what WordPress has."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror.apply import apply_post_items
from app.mirror.models import RemoteState
from app.mirror.published import remember_published
from app.mirror.wire import PostItem
from app.publishing.reading import live_version, snapshot_of
from app.sites.models import Site
from tests.factories.things import make_content

URL = "https://example.com/x/"


def answer(post_id: int, **more: Any) -> dict[str, Any]:
    """What the plugin answers to a publish."""
    return {"post_id": post_id, "post_type": "post", "permalink": URL, "content_hash": "c" * 64, "terms": {}, **more}


def publish(content: Content, post_id: int = 7, **more: Any) -> None:
    now = utcnow()
    remember_published(snapshot_of(content), answer(post_id, **more), now, look_at=now + timedelta(minutes=2))


def record(content: Content) -> RemoteState:
    return db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()


def item(post_id: int, **more: Any) -> PostItem:
    return PostItem.model_validate(
        {"id": post_id, "type": "post", "status": "publish", "title": "Post", "permalink": URL, **more}
    )


def test_what_was_imported_and_then_published_is_one_record(site: Site) -> None:
    apply_post_items(site.account_id, site.id, [item(7)])
    content = db.session.scalars(select(Content)).one()
    live = live_version(content.id)
    assert live is not None
    assert (live.imported_id, live.published_hash, record(content).look_at) == (7, "", None)
    publish(content)
    live = live_version(content.id)
    assert live is not None
    assert (live.imported_id, live.url, live.content_hash) == (None, URL, "c" * 64)
    assert live.has(snapshot_of(content))
    assert record(content).look_at is not None


def test_a_publish_takes_the_verdict_of_the_one_before_back(site: Site) -> None:
    content = make_content(site)
    publish(content)
    record(content).verdict, record(content).issues = "published_with_issues", [{"code": "SEO_TITLE"}]
    publish(content)
    db.session.expire_all()
    assert (record(content).verdict, record(content).issues) == (None, [])


def test_an_object_of_wordpress_is_of_one_content(site: Site) -> None:
    apply_post_items(site.account_id, site.id, [item(7)])  # of a publish whose answer was lost
    content = make_content(site)
    publish(content)
    assert db.session.scalars(select(RemoteState.content_id)).all() == [content.id]


def test_a_publish_asks_the_database_seldom(site: Site) -> None:
    content = make_content(site)
    db.session.commit()
    publish(content)
    db.session.commit()
    snapshot = snapshot_of(content)
    seen: list[str] = []

    def note(*details: Any) -> None:
        seen.append(details[2])

    event.listen(db.engine, "before_cursor_execute", note)
    remember_published(snapshot, answer(7), utcnow(), look_at=utcnow())
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) <= 6, seen
