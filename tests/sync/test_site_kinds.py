"""Sites of every kind, from end to end: imported, published to, told of an edit there, and compared."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror.models import RemoteState
from app.sites import connection
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.imports import ALL, add_post, content_of, import_all, plugin_code
from tests.factories.things import make_content, make_term
from tests.sync.real import Real, stands

FOLDER = "foreach ( array( 'home', 'siteurl' ) as $o ) add_filter( \"option_$o\", fn() => '%s', 99 );"
ARABIC = (
    "add_filter( 'locale', fn() => 'ar' );"
    " add_action( 'init', function () { global $wp_locale; $wp_locale->text_direction = 'rtl'; } );"
)
TEXT = '<!-- wp:html --><script>let a = "\\u00e9 \\\\";</script><iframe src="//x.example"></iframe><!-- /wp:html -->'
OURS = '<p dir="rtl">نص عن القهوة \u200f(abc)\u200e 😀</p>'
KINDS = (
    "plain permalinks",
    "a folder",
    "no unfiltered HTML",
    "REST closed",
    "headers stripped",
    "right to left",
    "dates and categories in addresses",
)


@pytest.fixture
def real(site: Site, blog: Blog) -> Iterator[Real]:
    found = Real(site, blog)
    yield found
    found.mend()


@contextmanager
def as_a(kind: str, real: Real) -> Iterator[None]:
    """Make the site one of this kind."""
    code, folder = "", real.wordpress.core / "blog"
    if kind == "a folder":
        code = FOLDER % f"{real.wordpress.url}/blog"
        folder.symlink_to(".")
    elif kind == "right to left":
        code = ARABIC
    elif kind in ("plain permalinks", "dates and categories in addresses"):
        structure = "" if kind.startswith("plain") else "/%category%/%year%/%postname%/"
        real.edit(
            "global $wp_rewrite; $wp_rewrite->set_permalink_structure( $args[0] ); flush_rewrite_rules();", structure
        )
    else:
        real.faults(
            **{
                "REST closed": {"close_rest": True},
                "headers stripped": {"strip_headers": True},
                "no unfiltered HTML": {"constants": {"DISALLOW_UNFILTERED_HTML": True}},
            }[kind]
        )
    try:
        with plugin_code(real.blog, code):
            if kind == "a folder":
                move(real, f"{real.wordpress.url}/blog")
            yield
    finally:
        folder.unlink(missing_ok=True)


def move(real: Real, address: str) -> None:
    """Pair the site anew where it is now."""
    real.site.url = address
    db.session.commit()
    real.wordpress.connect(connection.connection_key(connection.make_key(real.site), "http://127.0.0.1:9"))
    db.session.commit()
    connection.check_connection(real.site.account_id, real.site.id)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_works_on_a_site_of_every_kind(real: Real, kind: str) -> None:
    with as_a(kind, real):
        post = add_post(real.blog, title="قهوة عربية \\ 😀", content=TEXT, name="%d9%82%d9%87%d9%88%d8%a9")
        real.forget()
        found = import_all(real.site, statuses=ALL)
        imported = content_of(real.site, post)
        assert (found.created, found.problems) == (1, 0)
        assert (imported.title, imported.content_html, imported.slug) == ("قهوة عربية \\ 😀", TEXT, "قهوة")

        ours = make_content(real.site, title="قهوة باردة", content_html=OURS)
        ours.terms = [make_term(real.site, "咖啡")]
        run = real.publish(ours)
        assert run.state == "succeeded", run.error
        ours = db.session.get_one(Content, ours.id)
        assert real.post(ours)["post_content"] == OURS
        assert real.blog.get(str(ours.external_url)).status_code == 200
        published = db.session.query(RemoteState).filter_by(content_id=ours.id).one()
        assert published.verdict == "verified"

        real.edit(
            "wp_update_post( array( 'ID' => (int) $args[0], 'post_title' => 'كتب هناك' ) );", str(ours.external_id)
        )
        real.edit("wp_trash_post( (int) $args[0] );", str(post))
        assert real.pull() == 2
        assert db.session.get_one(Content, ours.id).title == "كتب هناك"
        assert content_of(real.site, post).remote_status == "trash"
        report = real.compare()
        assert (report["updated"], report["kept"], report["gone"], report["added"]) == (0, 0, 0, 0)
        assert stands(ours) == ("in_step", {})
        assert import_all(real.site, statuses=ALL).created == 0


def test_a_slow_site_is_published_to_and_one_in_maintenance_later(real: Real) -> None:
    real.blog.slow_down(2)
    slow = make_content(real.site, title="Slow")
    run = real.publish(slow)
    assert run.state == "succeeded", run.error
    real.blog.slow_down(0)
    real.maintain()
    closed = make_content(real.site, title="Closed")
    run = real.publish(closed)
    assert (run.state, run.attempt) == ("queued", 1)  # to be tried again
    assert "maintenance" in str(run.step).lower(), run.step
    real.mend()
    run.due_at = utcnow()
    assert real.work(run).state == "succeeded", run.error
    verdicts = db.session.query(RemoteState.verdict).filter(RemoteState.content_id.in_([slow.id, closed.id]))
    assert [row[0] for row in verdicts] == ["verified", "verified"]
