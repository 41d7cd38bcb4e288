"""Check before publishing: everything is told, nothing is changed; and warnings stay with the publish."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.content.images.shelves import IMAGES
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.publishing import reading
from app.publishing.checks import examination
from app.publishing.models import PublishRun
from app.publishing.verification.remarks import unremarked_warnings
from app.sites import rules
from app.sites.facts import fetch_facts, stored_facts
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content
from tests.publishing.test_publish import publish

EDITOR = """<?php
wp_insert_user(
    array( 'user_login' => 'ed', 'user_pass' => 'x', 'user_email' => 'ed@example.com', 'role' => 'editor' )
);
"""
NO_EDITOR = (
    "<?php require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( get_user_by( 'login', 'ed' )->ID );"
)
SCRIPT = '<p>Hello</p><iframe src="https://example.com/embed"></iframe>'


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    """The site, connected to the WordPress."""
    blog.pair(site)
    return site


def everything(blog: Blog) -> list[object]:
    tables = ("wp_posts", "wp_postmeta", "wp_terms", "wp_igny8_map")
    return [*(blog.wordpress.sql(f"SELECT * FROM {table}") for table in tables), blog.count("file")]


def check(client: FlaskClient, content: Content) -> str:
    answer = client.get(f"/content/{content.id}/check/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_problems_of_both_sides_come_at_once_with_cures_and_change_nothing(
    paired: Site, blog: Blog, owner_client: FlaskClient
) -> None:
    term = make_content(
        paired,
        title="Guides",
        content_type="Taxonomy",
        taxonomy="category",
        content_html=SCRIPT,
        source="wordpress",
        external_id=99999999,
    )
    image = add_images(term, 1)[0]
    term.content_html += f'<img src="igny8-image:{image.sha256}" alt="">'
    db.session.commit()
    IMAGES.path_of(image.account_id, image.sha256).unlink()
    before = everything(blog)
    findings = examination.examine(term.account_id, term.id)
    codes = {problem["code"] for problem in findings.problems}
    assert codes == {"IMAGE_MISSING", "HTML_WOULD_BE_STRIPPED", "TERM_MISSING"}
    page = check(owner_client, term)
    assert "3 things stand in the way" in page
    assert "Remove the image in the editor and upload it again." in page
    assert "&lt;iframe src=&#34;https://example.com/embed&#34;&gt;" in page  # what WordPress would take away
    assert everything(blog) == before
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0
    whole = owner_client.get(f"/content/{term.id}/check/").get_data(as_text=True)
    assert "<h1" in whole
    assert "Check again" in whole


def test_warnings_are_shown_beforehand_and_kept_with_the_publish(
    paired: Site, blog: Blog, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(paired, title="Many images")
    add_images(content, 8)
    blog.wordpress.run_php('<?php global $wpdb; $wpdb->query( "ALTER TABLE {$wpdb->termmeta} ENGINE=MyISAM" );')
    try:
        page = check(owner_client, content)
        assert "Nothing stands in the way" in page
        assert "at most 5 images in a gallery" in page
        assert "not InnoDB" in page
        sent: list[str] = []
        real = WordPressClient.upload

        def count(self: WordPressClient, query: dict[str, str], images: list[tuple[dict[str, str], bytes]]) -> object:
            sent.extend(fields["sha256"] for fields, _data in images)
            return real(self, query, images)

        monkeypatch.setattr(WordPressClient, "upload", count)
        run = publish(content)
    finally:
        blog.wordpress.run_php('<?php global $wpdb; $wpdb->query( "ALTER TABLE {$wpdb->termmeta} ENGINE=InnoDB" );')
    assert run.state == "succeeded", run.error
    assert len(sent) == 6  # the featured one and the five of the gallery
    assert blog.count("attachment") == 6
    assert "2 images were left out" in (run.message or "")
    assert [warning["code"] for warning in run.data["warnings"]] == ["TABLES_NOT_INNODB"]  # the other is in the message
    kept = db.session.scalars(select(PublishRun)).one().result or {}
    assert kept["warnings"] == run.data["warnings"]
    assert "not InnoDB" in owner_client.get(f"/runs/{run.id}/").get_data(as_text=True)
    assert "One thing to know" in owner_client.get(f"/content/{content.id}/row/").get_data(as_text=True)
    assert "Publishing updates" in check(owner_client, content)


def test_a_text_alone_keeps_its_warnings_and_its_author(paired: Site, blog: Blog) -> None:
    fetch_facts(paired.account_id, paired.id)
    assert "@" in stored_facts(paired).authors[0][0]
    blog.wordpress.run_php(EDITOR)
    try:
        content = make_content(paired, author_email="ed@example.com", seo_canonical="https://example.com/original/")
        run = publish(content)
        assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), (run.error, run.message)
        assert "warnings" not in run.data
        author = blog.wordpress.sql(
            "SELECT user_email FROM wp_posts p JOIN wp_users u ON u.ID = p.post_author "
            f"WHERE p.ID = {content.external_id}"
        )
        assert author == [{"user_email": "ed@example.com"}]
        assert 'rel="canonical" href="https://example.com/original/"' in blog.get(content.external_url or "").text
    finally:
        blog.wordpress.run_php(NO_EDITOR)
    unknown = make_content(paired, author_email="nobody@example.com")
    run = publish(unknown)
    assert [problem["code"] for problem in run.error["details"]["problems"]] == ["AUTHOR_UNKNOWN"]
    wanted = {"default_author": stored_facts(paired).authors[0][0]}
    present = rules.fetch_rules(paired.account_id, paired.id).rules
    rules.push_rules(paired.account_id, paired.id, present.model_copy(update=wanted), "Ann")
    try:
        run = publish(unknown)
        assert run.state == "succeeded", run.error
        assert [warning["code"] for warning in run.data["warnings"]] == ["AUTHOR_DEFAULTED"]
    finally:
        blog.wordpress.sql("UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'igny8_settings'")


def test_a_site_that_cannot_be_asked_is_a_problem_among_the_others(
    paired: Site, site: Site, owner_client: FlaskClient
) -> None:
    content = make_content(site, content_html="<p></p>")
    paired.connection.home_url = paired.url = "http://127.0.0.1:9"
    db.session.commit()
    page = check(owner_client, content)
    assert "There is no text to publish." in page
    assert "The server refuses connections." in page
    assert "but WordPress was not asked" in page


def test_images_are_judged_before_anything_exists(paired: Site, blog: Blog) -> None:
    fetch_facts(paired.account_id, paired.id)
    content = make_content(paired)
    images = add_images(content, 3)
    IMAGES.path_of(images[0].account_id, images[0].sha256).unlink()
    images[1].mime = "image/tiff"
    images[2].size, images[2].mime = 65 * 1024 * 1024, "image/jpeg"  # it cannot be read, so nothing smaller is made
    db.session.commit()
    facts = stored_facts(paired)
    assert facts.max_bytes == 64 * 1024 * 1024
    run = publish(content)
    found = [(problem["code"], problem["field"]) for problem in run.error["details"]["problems"]]
    assert sorted(found) == [
        ("IMAGE_MISSING", "images.0"),
        ("IMAGE_TOO_LARGE", "images.2"),
        ("IMAGE_TYPE_REFUSED", "images.1"),
    ]
    assert "the site takes 64.0 MB" in str(run.error["details"])


def test_what_was_not_chosen_is_not_sent(site: Site) -> None:
    article, page = make_content(site), make_content(site, content_type="Page")
    for content in (article, page):
        post = reading.snapshot_of(content).payload["post"]
        assert set(post) == {"type", "title", "content", "excerpt", "slug", "date_utc", "author_email"}
    imported = make_content(site, source="wordpress", external_id=12, parent_external_id=3, template="x.php")
    post = reading.snapshot_of(imported).payload["post"]
    assert post["external_id"] == "12"
    assert "parent" not in post  # an article has none


def test_a_remark_is_not_made_twice() -> None:
    warnings = [{"code": "GALLERY_OVER_LIMIT", "message": "a"}, {"code": "POST_TYPE_KEPT", "message": "b"}] * 2
    assert [w["code"] for w in unremarked_warnings({"gallery_images_skipped": 2}, warnings)] == ["POST_TYPE_KEPT"]
    assert len(unremarked_warnings({}, warnings)) == 2
