"""An edit leaves one line of history, whatever was imported, edited here, published and compared before it."""

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.content.services import update_content
from app.core.extensions import db
from app.mirror.models import RemoteChange
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.imports import ALL, content_of, import_all
from tests.factories.pictures import add_images
from tests.factories.things import make_cluster, make_term
from tests.sync.real import Real, stands

WRITE = (
    "echo wp_insert_post( array( 'post_title' => 'Old', 'post_content' => '<p>T</p><!-- x -->', 'tags_input' => 'a,b',"
    " 'post_status' => $args[0], 'post_date' => 'future' === $args[0] ? '2031-01-01 10:00:00' : null ) );"
)
EDIT = (
    "$id = (int) $args[0]; wp_update_post( array( 'ID' => $id, 'post_title' => 'By hand' ) );"
    " wp_set_post_tags( $id, 'hand' ); update_post_meta( $id, '_igny8_seo_title', 'By hand too' );"
)
IMAGE = '<img src="igny8-image:{}">'


@pytest.fixture
def real(site: Site, blog: Blog) -> Real:
    return Real(site, blog)


def lines() -> list[tuple[str, list[str], list[str]]]:
    db.session.rollback()
    changes = db.session.scalars(select(RemoteChange).order_by(RemoteChange.id))
    return [(one.cause, sorted(one.taken), one.kept) for one in changes]


def imported(real: Real, status: str) -> Content:
    """A post of WordPress, imported and then edited here in many ways."""
    post = int(real.edit(WRITE, status))
    real.forget()
    import_all(real.site, statuses=ALL)
    content = content_of(real.site, post)
    fields = {"title": "Ours", "cluster_id": make_cluster(real.site, "C").id, "seo_title": "S", "focus_keywords": ["x"]}
    update_content(content.id, content.account_id, fields, expected_version=content.version)
    images = add_images(content, 3)
    images[-1].role = "inline"
    content.content_html += IMAGE.format(images[-1].sha256)
    term = make_term(real.site, "Made here")
    content.terms = [*content.terms, term]
    db.session.commit()
    return content


@pytest.mark.parametrize("status", ["publish", "draft", "future"])
def test_an_edit_that_no_one_told_of_stops_the_publish(real: Real, status: str) -> None:
    content = imported(real, status)
    post = str(content.external_id)
    real.edit("wp_update_post( array( 'ID' => (int) $args[0], 'post_content' => 'By hand before' ) );", post)
    run = real.publish(content)
    assert run.state == "failed"
    assert run.error["code"] == "EDITED_IN_WORDPRESS"
    assert real.edit("echo get_post( (int) $args[0] )->post_content;", post).endswith("By hand before")


@pytest.mark.parametrize("status", ["publish", "draft", "future"])
@pytest.mark.parametrize("before", ["nothing", "pull", "compare", "import"])
def test_the_first_edit_after_an_import_and_a_publish_leaves_one_line(real: Real, status: str, before: str) -> None:
    content = imported(real, status)
    post = str(content.external_id)
    run = real.publish(content)
    assert run.state == "succeeded", run.error
    {"compare": real.compare, "import": lambda: import_all(real.site), "nothing": lambda: None}.get(before, real.pull)()
    assert (lines(), stands(content)) == ([], ("in_step", {}))
    real.edit(EDIT, post)
    real.pull()
    assert lines() == [("event", ["seo_title", "terms", "title"], [])]
    real.pull()
    real.compare()
    import_all(real.site, statuses=ALL)
    assert (len(lines()), stands(content)) == (1, ("in_step", {}))
