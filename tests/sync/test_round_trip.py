"""What is published to a real WordPress and read back is in step; an edit made there is found, and only that."""

from typing import Any

import pytest
from sqlalchemy import select

import jobs
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.apply import Applied, apply_post_items, apply_term_pages
from app.mirror.models import RemoteChange, RemoteState
from app.mirror.removals import mark_gone
from app.mirror.terms import apply_term_items
from app.mirror.wire import PostItem, TermItem
from app.planner.models import Cluster
from app.publishing import services
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site
from app.sync.conflicts.comparison import fetch_remote_version
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_keyword, make_sector, make_term

HTML = "<!-- wp:paragraph -->\n<p>Back\\slash, “quotes” and 😀.</p>\n<!-- /wp:paragraph -->"
IMAGE = '\n\n<!-- wp:image -->\n<figure><img src="igny8-image:{}" alt="A" /></figure>\n<!-- /wp:image -->'


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    """The site, connected to the WordPress."""
    blog.pair(site)
    return site


def publish(content: Content) -> Run:
    run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert run.state == "succeeded", run.error
    return run


def read(site: Site, post_id: int) -> PostItem:
    """The post as the plugin exports it; its terms are made known."""
    with open_client(credentials_for(site)) as client:
        item = PostItem.model_validate(client.get("posts", {"ids": str(post_id)})["items"][0])
        ids = sorted({one for group in item.terms.values() for one in group})
        told = client.get("taxonomies", {"ids": ",".join(map(str, ids))})["items"] if ids else []
    apply_term_items(site.account_id, site.id, [TermItem.model_validate(one) for one in told])
    return item


def come_back(site: Site, content: Content) -> Applied:
    """Apply what WordPress has of the content now."""
    applied = apply_post_items(site.account_id, site.id, [read(site, content.external_id or 0)], cause="event")
    db.session.commit()
    return applied


def state_of(content: Content) -> RemoteState:
    db.session.expire_all()
    return db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()


@pytest.fixture
def live(paired: Site, cluster: Cluster) -> Content:
    """A content with everything, published."""
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
    content.keywords = [make_keyword(paired)]
    images = add_images(content, 4)
    images[-1].role = "inline"
    content.content_html += IMAGE.format(images[-1].sha256)
    db.session.commit()
    publish(content)
    return content


def snapshot(content: Content) -> dict[str, Any]:
    db.session.expire_all()
    names = (
        "title",
        "content_html",
        "excerpt",
        "slug",
        "seo_title",
        "seo_description",
        "seo_canonical",
        "focus_keywords",
        "author_email",
        "parent_external_id",
        "template",
        "cluster_id",
        "sector_id",
        "version",
        "status",
        "external_id",
        "external_url",
    )
    return {name: getattr(content, name) for name in names} | {"terms": sorted(one.name for one in content.terms)}


def test_what_we_published_comes_back_unchanged(paired: Site, live: Content) -> None:
    before = snapshot(live)
    state = state_of(live)
    assert (state.external_id, state.remote_type) == (live.external_id, "post")
    assert (state.ahead, state.agreed_version) == ([], 1)
    item = read(paired, live.external_id or 0)
    assert (item.content_hash, item.state_hash) == (state.content_hash, state.state_hash)
    state.state_hash = state.content_hash = ""  # compare field by field all the same
    db.session.commit()
    applied = come_back(paired, live)
    assert (applied.updated, applied.unchanged, applied.kept) == (0, 1, 0)
    assert snapshot(live) == before
    assert db.session.scalars(select(RemoteChange)).all() == []
    assert come_back(paired, live).unchanged == 1


def test_an_edit_in_wordpress_is_taken_over_with_our_images_as_ours(paired: Site, live: Content, blog: Blog) -> None:
    before = snapshot(live)
    blog.wordpress.run_php(f"""<?php
        $post = get_post({live.external_id});
        wp_update_post(wp_slash(['ID' => $post->ID, 'post_title' => 'Edited there',
            'post_content' => str_replace('Back', 'Edited back', $post->post_content)]));
        wp_set_post_terms($post->ID, ['Added there'], 'post_tag', true);""")
    assert come_back(paired, live).updated == 1
    after = snapshot(live)
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"title", "content_html", "terms", "version"}
    assert after["content_html"] == before["content_html"].replace("Back", "Edited back")
    assert after["terms"] == ["Added there", "Brewing", "Summer"]
    told = db.session.scalars(select(RemoteChange)).one()
    assert (told.taken, told.kept) == (["title", "content", "terms"], [])
    assert state_of(live).agreed_version == after["version"] == 2
    scheduled = services.start_publish(live, THE_APP, utcnow())
    db.session.commit()
    jobs.execute(str(scheduled.id))
    db.session.expire_all()
    assert "unchanged" in (scheduled.message or ""), (scheduled.state, scheduled.error)


def test_an_edit_on_both_sides_stops_every_publish_until_it_is_settled(paired: Site, live: Content, blog: Blog) -> None:
    update_content(live.id, live.account_id, {"seo_title": "Ours"}, expected_version=1)
    db.session.commit()
    blog.wordpress.run_php(f"<?php update_post_meta({live.external_id}, '_igny8_seo_title', 'Theirs');")
    assert come_back(paired, live).kept == 1
    assert (snapshot(live)["seo_title"], state_of(live).ahead) == ("Ours", ["seo_title"])
    for due_at in (utcnow(), None):  # scheduled, and by hand
        run = services.start_publish(live, THE_APP, due_at)
        db.session.commit()
        jobs.execute(str(run.id))
        db.session.expire_all()
        assert run.error["code"] == "EDITED_IN_WORDPRESS"
    seen = fetch_remote_version(live)
    assert seen is not None
    services.publish_over(live, THE_APP, seen.as_params())
    publish(live)
    assert state_of(live).ahead == []
    assert read(paired, live.external_id or 0).seo.title == "Ours"


def test_trash_and_back(paired: Site, live: Content, blog: Blog) -> None:
    key = ("", live.external_id or 0)
    mark_gone(paired.account_id, paired.id, {key: "trash"}, cause="event", by={})
    db.session.commit()
    assert (snapshot(live)["status"], live.remote_status) == ("draft", "trash")
    post_id = key[1]
    apply_post_items(paired.account_id, paired.id, [read(paired, post_id)])
    db.session.commit()
    assert (snapshot(live)["status"], live.external_id, state_of(live).gone_at) == ("published", post_id, None)


def test_the_page_of_a_term_comes_back(paired: Site, blog: Blog) -> None:
    content = make_content(
        paired, title="Espresso", content_html="<p>About it.</p>", content_type="Taxonomy", taxonomy="category"
    )
    publish(content)

    def term() -> TermItem:
        with open_client(credentials_for(paired)) as client:
            return TermItem.model_validate(client.get("taxonomies", {"ids": str(content.external_id)})["items"][0])

    apply_term_pages(paired.account_id, paired.id, [term()])
    db.session.commit()
    assert (snapshot(content)["version"], state_of(content).kind) == (1, "term")
    blog.wordpress.run_php(f"<?php wp_update_term({content.external_id}, 'category', ['name' => 'Ristretto']);")
    apply_term_pages(paired.account_id, paired.id, [term()])
    db.session.commit()
    assert (snapshot(content)["title"], snapshot(content)["version"]) == ("Ristretto", 2)
