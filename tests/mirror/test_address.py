"""Where a content is in WordPress, on its own row."""

import pytest

from app.core.clock import utcnow
from app.core.errors import NotFound
from app.mirror.address import columns_of_address, mark_published
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
