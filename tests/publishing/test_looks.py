"""What visitors of a real WordPress are served after a publish: late, from a cache, or something else altogether."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import jobs
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.publishing.checks.examination import examine
from app.publishing.models import PublishRun
from app.publishing.verification import services as verification
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.things import make_content, make_term
from tests.publishing.test_publish import publish
from tests.publishing.test_verification import published, work_off

# A cache of the host that knows nothing of posts.
CACHE = """<?php
$file = '%s/' . md5($_SERVER['REQUEST_URI']);
if ('GET' === $_SERVER['REQUEST_METHOD'] && false === strpos($_SERVER['REQUEST_URI'], 'wp-')) {
    if (is_file($file)) { header('X-Cache: HIT'); readfile($file); exit; }
    ob_start(function ($page) use ($file) {
        if (200 === http_response_code()) { file_put_contents($file, $page); }
        return $page;
    });
}
"""
TEXT = "<!-- wp:paragraph -->\n<p>{} is what “we” say -- it's 2x4.</p>\n<!-- /wp:paragraph -->"


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.pair(site)
    return site


class Host:
    """Code that runs before every request, as of a host or another plugin."""

    def __init__(self, blog: Blog) -> None:
        self.path = blog.wordpress.mu_plugins / "0-host.php"
        self.cached = Path(tempfile.mkdtemp(dir=blog.wordpress.root))

    def does(self, code: str) -> None:
        self.path.write_text(code if code.startswith("<?php") else f"<?php {code}")

    def keeps_pages(self) -> None:
        self.does(CACHE % self.cached)

    def forgets_pages(self) -> None:
        for file in self.cached.iterdir():
            os.unlink(file)


@pytest.fixture
def host(blog: Blog) -> Iterator[Host]:
    host = Host(blog)
    yield host
    host.path.unlink(missing_ok=True)
    shutil.rmtree(host.cached)


def change(content: Content, **values: object) -> None:
    for name, value in values.items():
        setattr(content, name, value)
    content.version += 1
    db.session.commit()


def look_a_second_time(run: Run) -> Run:
    """The run that waits for its second look is due, and looks."""
    assert (run.state, run.step, run.can_cancel) == ("queued", "Looking at the page again", False)
    db.session.execute(update(Run).where(Run.id == run.id).values(due_at=utcnow()))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    return run


def look_later() -> Run:
    """The next look by itself is due, and is taken."""
    db.session.execute(update(RemoteState).values(look_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert verification.start_due_checks() == 1
    return work_off("verify")


def test_a_cache_that_keeps_the_old_page_is_told_and_looked_at_until_it_lets_go(
    paired: Site, host: Host, owner_client: FlaskClient
) -> None:
    host.keeps_pages()
    content = make_content(paired, content_html=TEXT.format("One"))
    assert publish(content).data["verdict"] == "verified"
    change(content, content_html=TEXT.format("Two"))
    run = look_a_second_time(publish(content))
    assert (run.state, run.data["verdict"]) == ("succeeded", "not_seen_from_outside")
    assert "visitors still see the old version (cache)" in (run.message or "")
    assert "It is live" not in (run.message or "")
    assert published().issues[0]["code"] == "OLD_VERSION"
    row = owner_client.get(f"/content/{content.id}/row/").text
    assert "every 20s" in row
    assert "<span>Old version</span>" in row
    look_later()
    assert published().verdict == "not_seen_from_outside"
    assert "every 20s" in owner_client.get(f"/content/{content.id}/row/").text  # there is another one in ten minutes
    host.forgets_pages()
    look_later()
    assert (published().verdict, published().look_at) == ("verified", None)
    db.session.expire_all()
    assert (run.message or "").startswith("Published. It is live at ")  # the publish itself says so now
    assert run.data["verdict"] == "verified"
    row = owner_client.get(f"/content/{content.id}/row/").text
    assert "<span>Old version</span>" not in row
    assert "every 20s" not in row


def test_a_head_that_comes_late_is_no_issue(paired: Site, host: Host) -> None:
    """As Yoast's does, whose index is written when the request has ended."""
    content = make_content(paired, seo_title="A first title")
    publish(content)
    change(content, seo_title="A second title")
    host.does("add_filter('pre_get_document_title', function () { return 'A first title'; }, 99);")
    run = publish(content)
    assert published().verdict is None
    host.path.unlink()
    assert look_a_second_time(run).data["verdict"] == "verified"
    assert (run.message or "").startswith("Published. It is live at ")


def test_a_second_publish_does_not_wait_for_the_first_ones_look(paired: Site, host: Host, blog: Blog) -> None:
    content = make_content(paired, title="First", seo_title="Mine")
    host.does("add_filter('pre_get_document_title', function () { return 'Another'; }, 99);")
    first = publish(content)
    assert first.state == "queued"
    host.path.unlink()
    change(content, title="Second")
    assert publish(content).data["verdict"] == "verified"
    assert blog.titles() == ["Second (publish)"]
    look_a_second_time(first)
    assert (first.state, first.message) == ("succeeded", "Published, and published again since.")
    assert published().verdict == "verified"


def test_a_text_that_somebody_replaces_is_missed_though_the_head_is_right(paired: Site, host: Host) -> None:
    host.does("add_filter('the_content', function () { return '<p>Built otherwise.</p>'; }, 99);")
    run = look_a_second_time(publish(make_content(paired, content_html=TEXT.format("One"), seo_title="Fine")))
    assert run.data["verdict"] == "published_with_issues"
    assert [issue["code"] for issue in published().issues] == ["TEXT_NOT_SHOWN"]


def test_a_site_for_members_only_is_published_to_and_told(paired: Site, host: Host) -> None:
    host.does(
        "add_action('template_redirect', function () { wp_safe_redirect(wp_login_url(home_url('/')));  exit; });"
        "add_filter('rest_authentication_errors', function ($r) {"
        " return new WP_Error('rest_unauthorized', 'No.', array('status' => 401)); }, 99);"
    )
    run = publish(make_content(paired))
    assert (run.state, run.data["verdict"]) == ("succeeded", "not_seen_from_outside")
    assert "Visitors are sent to a log-in page" in (run.message or "")


SHOWN = "add_filter('the_content', function () { return '<p>Built otherwise.</p>'; }, 99);"


def test_a_page_that_was_built_with_a_builder_is_told_before_and_after(paired: Site, host: Host, blog: Blog) -> None:
    content = make_content(paired, content_html=TEXT.format("One"))
    publish(content)
    post_id = published().external_id
    blog.wordpress.run_php("<?php update_post_meta((int) $args[0], '_elementor_edit_mode', 'builder');", str(post_id))
    host.does(SHOWN)
    change(content, content_html=TEXT.format("Two"))
    warnings = examine(content.account_id, content.id).warnings
    assert [(one["code"], "Elementor" in one["message"]) for one in warnings] == [("PAGE_BUILDER", True)]
    run = look_a_second_time(publish(content))
    assert "Elementor shows its own" in (run.message or "")
    change(content, seo_title="Only the head")
    assert publish(content).data["verdict"] == "verified"


def test_a_term_whose_description_the_theme_hides_is_told(paired: Site, host: Host) -> None:
    kind = {"content_type": "Taxonomy", "taxonomy": "category"}
    content = make_content(paired, title="Beans", content_html="<p>All of them here.</p>", **kind)
    run = publish(content)
    assert run.data.get("verdict") == "verified", (run.state, run.step, run.error, run.message)
    assert "while the term has no posts" in (run.message or "")
    publish(make_content(paired, terms=[make_term(paired, "Beans")]))
    change(content, content_html="<p>Some of them here.</p>")
    assert (publish(content).message or "").startswith("Published. It is live at ")
    host.does("add_filter('get_the_archive_description', '__return_empty_string', 99);")
    change(content, content_html="<p>None of them there.</p>")
    run = look_a_second_time(publish(content))
    assert "may not show the descriptions of terms" in (run.message or "")


@pytest.mark.parametrize(
    ("code", "warning", "words"),
    [
        (
            "add_filter('pre_option_blog_public', function () { return '0'; });",
            "SITE_NOINDEX",
            "Search engines are asked",
        ),
        (
            "class WooCommerce {} add_filter('pre_option_woocommerce_coming_soon', function () { return 'yes'; });"
            "add_filter('template_include', function () { $f = __DIR__ . '/soon.html'; file_put_contents($f, "
            "'<?php wp_head(); ?><div class=\"woocommerce-coming-soon-default\">Great things</div>'); return $f; });",
            "COMING_SOON",
            "WooCommerce's “Coming soon” page",
        ),
    ],
)
def test_a_site_that_is_not_open_yet_is_told(paired: Site, host: Host, code: str, warning: str, words: str) -> None:
    host.does(code)
    run = publish(make_content(paired, content_html=TEXT.format("One")))
    assert run.state == "succeeded"
    assert [one["code"] for one in run.data["warnings"]] == [warning]
    assert words in (run.message or "")


def test_the_marker_is_of_what_was_sent(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    publish(content)
    sent = (db.session.scalars(select(PublishRun.result)).one() or {})["sent"]
    assert len(sent["marker"]) == 16
    assert f'<meta name="igny8-version" content="{sent["marker"]}">' in blog.get(published().permalink).text
