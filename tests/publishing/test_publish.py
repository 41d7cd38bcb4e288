"""Publishing to a real WordPress: once, whole, or not at all."""

import shutil
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update

import jobs
from app.accounts.models import Account
from app.content.images.shelves import IMAGES
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.planner.models import Cluster
from app.publishing import services
from app.publishing.models import PublishRun
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import wordpress_error
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_sector, make_term

STEPS = ["preflight", "claim", "media", "taxonomies", "content", "commit", "verify"]
HTML = "<!-- wp:paragraph -->\n<p>Back\\slash, \\u003c, “quotes” and 😀.</p>\n<!-- /wp:paragraph -->"


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    """The site, connected to the WordPress."""
    blog.pair(site)
    return site


def publish(content: Content) -> Run:
    """Start and work off one publish; the run as it ended."""
    run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    return run


def test_a_publish_goes_live_and_is_verified(paired: Site, cluster: Cluster, blog: Blog) -> None:
    content = make_content(
        paired,
        title="Cold brew & “friends”",
        content_html=HTML,
        cluster_id=cluster.id,
        excerpt="In short.",
        sector_id=make_sector(paired).id,
        seo_title="Cold brew for two",
        seo_description="How to make it.",
        focus_keywords=["cold brew", "iced coffee"],
    )
    content.terms = [make_term(paired, "Brewing"), make_term(paired, "Summer", "tag", external_taxonomy="post_tag")]
    add_images(content, 3)
    run = publish(content)
    assert (run.state, run.error) == ("succeeded", None), run.step
    assert [(step["name"], step["state"]) for step in run.steps] == [(name, "done") for name in STEPS]
    content = db.session.get_one(Content, content.id)
    assert (content.status, content.external_id is not None) == ("published", True)
    state = db.session.scalars(select(RemoteState)).one()
    assert (state.verdict, state.issues) == ("verified", [])
    page = blog.get(content.external_url or "")
    assert page.status_code == 200
    assert f'<meta name="igny8-content" content="{content.id}"' in page.text
    assert "<title>Cold brew for two</title>" in page.text
    stored = blog.wordpress.sql(f"SELECT post_content FROM wp_posts WHERE ID = {content.external_id}")[0]
    assert (stored["post_content"] or "").startswith(HTML)
    assert blog.count("attachment") == 3


def test_publishing_again_updates_the_same_post(paired: Site, blog: Blog) -> None:
    content = make_content(paired, title="First title")
    add_images(content, 2)
    publish(content)
    first = db.session.get_one(Content, content.id).external_id
    content.title = "Second title"
    content.version += 1
    db.session.commit()
    run = publish(content)
    assert run.state == "succeeded", run.error
    assert db.session.get_one(Content, content.id).external_id == first
    assert blog.titles() == ["Second title (publish)"]
    assert blog.count("attachment") == 2
    assert db.session.scalars(select(RemoteState)).one().agreed_version == 2
    assert db.session.scalar(select(func.count()).select_from(PublishRun)) == 2


def test_many_clicks_make_one_run_and_one_post(
    paired: Site, blog: Blog, owner_client: FlaskClient, account: Account
) -> None:
    content = make_content(paired)
    for _ in range(5):
        answer = owner_client.post(
            "/content/publish/", data={"content_ids": content.id}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
    run = db.session.scalars(select(Run)).one()
    jobs.execute(str(run.id))
    jobs.execute(str(run.id))
    assert blog.count("post") == 1


def test_a_missing_picture_leaves_nothing_behind(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    images = add_images(content, 3)
    IMAGES.path_of(images[2].account_id, images[2].sha256).unlink()
    before = blog.count("file")
    run = publish(content)
    assert run.state == "failed"
    assert (run.error["code"], run.error["step"], run.error["step_number"]) == ("PREFLIGHT_FAILED", "preflight", 1)
    assert [problem["code"] for problem in run.error["details"]["problems"]] == ["IMAGE_MISSING"]
    assert [step["state"] for step in run.steps] == ["failed", *["waiting"] * 6]
    assert (blog.count("post"), blog.count("attachment"), blog.count("file")) == (0, 0, before)
    assert db.session.get_one(Content, content.id).status == "draft"
    assert blog.wordpress.sql("SELECT * FROM wp_igny8_map") == []


def test_a_picture_that_is_none_is_refused_by_wordpress_and_leaves_nothing(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    images = add_images(content, 2)
    images[1].sha256 = IMAGES.save(images[1].account_id, b"<?php echo 'not a picture';")
    images[1].size = 27
    db.session.commit()
    before = blog.count("file")
    run = publish(content)
    assert run.state == "failed"
    assert run.error["code"] == "IMAGE_TYPE_REFUSED"
    assert (blog.count("post"), blog.count("attachment"), blog.count("file")) == (0, 0, before)


def test_all_problems_are_told_at_once_before_anything_exists(paired: Site, blog: Blog) -> None:
    paired.is_active = False
    content = make_content(paired, title=" ", content_html="<!-- wp:x --><p> &nbsp;</p>", content_type="Taxonomy")
    run = publish(content)
    assert run.error["code"] == "PREFLIGHT_FAILED"
    codes = [problem["code"] for problem in run.error["details"]["problems"]]
    assert codes == ["SITE_INACTIVE", "TITLE_EMPTY", "TAXONOMY_UNKNOWN"]  # a term may be empty: its taxonomy is asked
    assert all(problem["cure"] for problem in run.error["details"]["problems"])
    assert blog.count("post") == 0


def test_an_answer_that_is_lost_does_not_make_a_second_post(
    paired: Site, blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(paired)
    add_images(content, 2)
    real = WordPressClient.post

    def lose(self: WordPressClient, name: str, body: dict[str, object], **options: float) -> dict[str, object]:
        answer = real(self, name, body, **options)
        if body.get("action") == "publish":
            raise wordpress_error("TIMEOUT")
        return answer

    monkeypatch.setattr(WordPressClient, "post", lose)
    run = publish(content)
    assert (run.state, run.attempt) == ("queued", 1)
    assert "Trying again in 10 s" in (run.step or "")
    assert run.due_at > utcnow() + timedelta(seconds=5)
    monkeypatch.undo()
    db.session.execute(update(Run).values(due_at=utcnow()))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert run.state == "succeeded"
    assert (blog.count("post"), blog.count("attachment")) == (1, 2)


def test_a_wordpress_that_is_down_is_tried_four_times_then_named(paired: Site) -> None:
    paired.connection.home_url = paired.url = "http://127.0.0.1:9"
    db.session.commit()
    content = make_content(paired)
    run = publish(content)
    for attempt in (1, 2, 3):
        assert (run.state, run.attempt) == ("queued", attempt)
        db.session.execute(update(Run).values(due_at=utcnow()))
        db.session.commit()
        jobs.execute(str(run.id))
        db.session.expire_all()
    assert (run.state, run.attempt) == ("failed", 4)
    assert (run.error["code"], run.error["retry_recommended"]) == ("REFUSED", True)
    assert run.error["cure"]


def test_cancelling_in_the_middle_removes_what_was_uploaded(
    paired: Site, blog: Blog, owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(paired)
    add_images(content, 3)
    real = WordPressClient.upload

    def upload_then_cancel(self: WordPressClient, *args: object, **options: object) -> dict[str, object]:
        answer = real(self, *args, **options)
        with owner_engine.begin() as connection:
            connection.execute(update(Run).values(cancel_requested=True))
        return answer

    monkeypatch.setattr(WordPressClient, "upload", upload_then_cancel)
    run = publish(content)
    assert run.state == "cancelled"
    assert (blog.count("post"), blog.count("attachment")) == (0, 0)
    assert blog.wordpress.sql("SELECT * FROM wp_igny8_map") == []


def test_cancelling_once_it_goes_live_is_too_late_and_changes_nothing(
    paired: Site, blog: Blog, owner_client: FlaskClient, owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(paired)
    real, answers = WordPressClient.post, list[int]()

    def cancel_first(self: WordPressClient, name: str, body: dict[str, object], **options: float) -> dict[str, object]:
        if body.get("action") in ("publish", "claim_publish"):
            answers.append(owner_client.post(f"/runs/{body['run_id']}/cancel/").status_code)
            with owner_engine.begin() as connection:  # even if the wish had been written just before
                connection.execute(update(Run).values(cancel_requested=True))
        return real(self, name, body, **options)

    monkeypatch.setattr(WordPressClient, "post", cancel_first)
    run = publish(content)
    assert answers == [409]
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified")
    assert blog.count("post") == 1


def test_what_belongs_to_others_is_not_published(
    paired: Site, owner_client: FlaskClient, stranger_client: FlaskClient, viewer_client: FlaskClient
) -> None:
    content = make_content(paired)
    assert stranger_client.post("/content/publish/", data={"content_ids": content.id}).status_code == 404
    assert viewer_client.post("/content/publish/", data={"content_ids": content.id}).status_code == 403
    assert owner_client.post("/content/publish/").status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_all_that_match_the_filter_are_published(paired: Site, owner_client: FlaskClient) -> None:
    wanted = [make_content(paired, title=f"Espresso {n}").id for n in range(3)]
    make_content(paired, title="Filter coffee")
    answer = owner_client.post("/content/publish/", data={"all_matching": "1", "filter": "q=espresso"})
    assert answer.status_code == 303
    assert sorted(db.session.scalars(select(Run.subject_id))) == wanted


def test_ids_of_terms_come_back_and_what_the_rules_did_is_said(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    content.terms = [make_term(paired, "Brand new"), make_term(paired, "Quick", "tag", external_taxonomy="post_tag")]
    add_images(content, 8)
    run = publish(content)
    assert run.state == "succeeded", run.error
    ids = {term.name: term.external_id for term in db.session.get_one(Content, content.id).terms}
    stored = blog.wordpress.sql("SELECT name, term_id FROM wp_terms WHERE name IN ('Brand new', 'Quick')")
    assert ids == {row["name"]: int(row["term_id"] or 0) for row in stored}
    assert "2 images were left out" in (run.message or "")
    assert publish(content).state == "succeeded"


def test_the_first_images_of_a_month_make_its_folder_together(paired: Site, blog: Blog) -> None:
    for _ in range(6):
        blog.wordpress.run_php('<?php global $wpdb; $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_map" );')
        for year in blog.wordpress.uploads.glob("20*"):
            shutil.rmtree(year)
        content = make_content(paired)
        add_images(content, 2)
        run = publish(content)
        assert run.state == "succeeded", run.step
