"""A content that is live in WordPress, and a WordPress that can be edited and broken."""

from collections.abc import Iterator

import pytest

from app.content.models import Content
from app.core.extensions import db
from app.mirror.apply import apply_post_items
from app.mirror.terms import apply_term_items
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.plugin import post, term
from tests.factories.things import make_cluster, make_content, make_task
from tests.sync.real import Real

PATHS = (
    "/writer/tasks/{task}/taxonomies/",
    "/content/{content}/taxonomies/",
    "/writer/tasks/{task}/relationships/",
    "/content/{content}/relationships/",
)


@pytest.fixture
def content(site: Site) -> Content:
    """What a task was written into, live as post 9 with category 5."""
    cluster = make_cluster(site, "First")
    task = make_task(cluster)
    content = make_content(site, task_id=task.id, cluster_id=cluster.id)
    apply_term_items(site.account_id, site.id, [term(5)])
    item = post(
        9,
        title=content.title,
        content="<p>Hello</p>",
        slug="",
        author=None,
        content_id=str(content.id),
        terms={"category": [5]},
        relations={"cluster_id": str(cluster.id)},
    )
    apply_post_items(site.account_id, site.id, [item])
    db.session.commit()
    return content


@pytest.fixture
def real(site: Site, blog: Blog) -> Iterator[Real]:
    """The site, paired with a real WordPress whose faults can be chosen; what changes there is due at once."""
    found = Real(site, blog)
    yield found
    found.mend()
