"""Where a content is in WordPress, on its own row."""

from typing import Any

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.mirror.address import columns_of_address, mark_published, move_addresses
from app.mirror.apply import apply_post_items
from app.mirror.models import RemoteState
from app.mirror.published import remember_published
from app.mirror.removals import mark_gone
from app.mirror.wire import PostItem
from app.publishing.reading import snapshot_of
from app.sites.models import Site
from tests.factories.things import make_content

URL = "https://example.com/cold-brew/"


def test_publishing_fills_status_id_and_address(site: Site) -> None:
    content = make_content(site)
    mark_published(content.account_id, content.id, 1842, URL, utcnow())
    assert (content.status, content.external_id, content.external_url, content.version) == ("published", 1842, URL, 1)
    assert content.published_at is not None


def test_what_wordpress_shows_no_visitor_stays_a_draft(site: Site) -> None:
    content = make_content(site)
    mark_published(content.account_id, content.id, 1842, URL, utcnow(), status="future")
    assert (content.status, content.remote_status, content.external_id) == ("draft", "future", 1842)


@pytest.mark.parametrize(("ours", "after"), [("brew", "brew-2"), ("changed-here", "changed-here")])
def test_the_slug_that_wordpress_gave_is_ours_unless_it_was_changed_here(site: Site, ours: str, after: str) -> None:
    content = make_content(site, slug=ours)
    mark_published(content.account_id, content.id, 1842, URL, utcnow(), slugs=("brew", "brew-2"))
    assert (content.slug, content.version) == (after, 1)


def test_what_was_deleted_or_is_another_accounts_is_not_found(site: Site) -> None:
    content = make_content(site)
    with pytest.raises(NotFound):
        mark_published(content.account_id + 1, content.id, 1842, URL, utcnow())


@pytest.mark.parametrize(
    ("status", "was_published", "ours"),
    [("publish", True, "published"), ("publish", False, "draft"), ("draft", True, "draft"), ("trash", True, "draft")],
)
def test_published_is_what_was_published_from_here_and_is_live(status: str, was_published: bool, ours: str) -> None:
    columns = columns_of_address(1, "", status, was_published=was_published)
    assert columns == {"external_id": 1, "external_url": None, "remote_status": status, "status": ours}


def test_a_content_and_its_record_say_the_same_wherever_it_goes(site: Site) -> None:
    def told(url: str, **more: Any) -> None:
        values = {"id": 7, "type": "post", "status": "publish", "title": "Post", "permalink": url, **more}
        apply_post_items(site.account_id, site.id, [PostItem.model_validate(values)])
        same()

    def same() -> None:
        db.session.expire_all()
        content, state = db.session.execute(
            select(Content, RemoteState).join(RemoteState, RemoteState.content_id == Content.id)
        ).one()
        external_id = None if state.gone_at else state.external_id
        assert (content.external_id, content.external_url) == (external_id, state.permalink)
        assert content.remote_status == state.status

    told(URL)
    told(f"{URL}a/", title="New")
    move_addresses(site.id, "post", "", {7: f"{URL}b/"})
    same()
    mark_gone(site.account_id, site.id, {("", 7): "trash"}, cause="event", by={})
    same()
    told(f"{URL}c/", status="draft")
    content = db.session.scalars(select(Content)).one()
    result = {"post_id": 8, "post_type": "post", "post_status": "publish", "permalink": URL, "terms": {}}
    remember_published(snapshot_of(content), result, utcnow(), look_at=utcnow())
    same()
