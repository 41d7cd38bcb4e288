"""Importing a real WordPress: everything once, byte for byte, and again without doubling."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.mirror.models import RemoteState
from app.publishing import services
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sync.imports import site_imports
from app.sync.models import SiteSync
from app.taxonomy.models import ContentTaxonomy
from tests.factories.blog import Blog
from tests.factories.imports import (
    add_post,
    add_posts,
    change_post,
    content_of,
    import_all,
    start,
    titles,
    work,
)
from tests.factories.things import make_content

STRANGE = (
    '<!-- wp:paragraph {"className":"a\\u002d\\u002db"} -->\n<p>Back\\slash \\\\ \\n 😀 𝒳 ünï “q” &amp; &nbsp;</p>\r\n'
    "<!-- /wp:paragraph -->\n\n\n[gallery ids='1,2' columns=3]\n<br/><IMG SRC=x onerror=y>\t<!--more-->\n "
)


@pytest.fixture
def paired(site: Site, blog: Blog) -> Blog:
    blog.pair(site)
    return blog


def test_posts_pages_and_terms_come_in_once_and_byte_for_byte(site: Site, paired: Blog) -> None:
    post = add_post(paired, title="Tom & <b>Jerry</b> \\ 😀", content=STRANGE, excerpt=" an excerpt\r\n", name="tom")
    parent = add_post(paired, title="About", type="page", name="about")
    child = add_post(paired, title="Team", type="page", name="team", parent=str(parent), status="private")
    made = paired.wordpress.run_php(
        "<?php $t = wp_insert_term('News & Views', 'category');"
        f" wp_set_post_terms({post}, [$t['term_id']], 'category'); echo $t['term_id'];"
    )
    found = import_all(site)
    assert (found.created, found.done, found.total, found.problems) == (3, 3, 3, 0)
    content = content_of(site, post)
    assert (content.title, content.content_html, content.excerpt) == (
        "Tom & <b>Jerry</b> \\ 😀",
        STRANGE,
        " an excerpt\r\n",
    )
    assert (content.source, content.status, content.remote_status, content.cluster_id) == (
        "wordpress",
        "draft",
        "publish",
        None,
    )
    assert content.external_id == post
    assert content.external_url is not None
    assert content.external_url.startswith(paired.url)
    assert [(term.name, term.external_id) for term in content.terms] == [("News & Views", int(made))]
    page = content_of(site, child)
    assert (page.content_type, page.parent_external_id, page.remote_status) == ("Page", parent, "private")
    assert db.session.get_one(SiteSync, site.id).imported_at is not None


def test_again_updates_and_never_doubles(site: Site, paired: Blog) -> None:
    add_posts(paired, 30)
    first = import_all(site)
    assert (first.created, first.updated) == (30, 0)
    ids = db.session.scalars(select(RemoteState.external_id).order_by(RemoteState.external_id)).all()
    change_post(paired, ids[3], title="Renamed", content="<p>New</p>")
    change_post(paired, ids[4], title="Theirs")
    ours = content_of(site, ids[4])
    update_content(ours.id, ours.account_id, {"title": "Ours"}, expected_version=ours.version)
    db.session.commit()
    again = import_all(site)
    assert (again.created, again.updated, again.unchanged, again.kept) == (0, 1, 29, 1)
    assert content_of(site, ids[3]).title == "Renamed"
    kept = content_of(site, ids[4])
    assert (kept.title, kept.sync_state) == ("Ours", "both")
    assert db.session.scalar(select(func.count()).select_from(Content)) == 30


def test_what_is_gone_is_marked_and_what_changed_its_type_is_not(site: Site, paired: Blog) -> None:
    trashed, deleted, moved, stays = (add_post(paired, title=name) for name in ("Trash", "Gone", "Moved", "Stays"))
    import_all(site)
    change_post(paired, trashed, status="trash")
    change_post(paired, moved, type="page")
    paired.wordpress.sql(f"DELETE FROM wp_posts WHERE ID = {deleted}")
    found = import_all(site, types=["post"])
    assert (found.gone, found.done, found.unchanged + found.updated, found.left_out) == (2, 2, 2, 0)
    assert titles(site) == ["Gone", "Moved", "Stays", "Trash"]
    assert [(content_of(site, one).sync_state, content_of(site, one).remote_status) for one in (trashed, deleted)] == [
        ("gone", "trash"),
        ("gone", "deleted"),
    ]
    assert content_of(site, moved).external_id == moved
    assert content_of(site, stays).sync_state == "in_step"
    change_post(paired, trashed, status="publish")
    assert import_all(site).updated + import_all(site).gone == 0
    assert content_of(site, trashed).external_id == trashed


def test_what_changed_its_type_and_cannot_be_read_is_told_and_not_gone(
    site: Site, paired: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = add_post(paired, title="Moved")
    import_all(site)
    change_post(paired, moved, type="page")
    get = WordPressClient.get

    def spoiled(self: WordPressClient, name: str, query: Any = None, **given: Any) -> dict[str, Any]:
        answer = get(self, name, query, **given)
        if query and "ids" in query:
            answer["items"] = [{**item, "status": ["not", "a", "text"]} for item in answer["items"]]
        return answer

    monkeypatch.setattr(WordPressClient, "get", spoiled)
    found = import_all(site, types=["post"])
    assert (found.gone, found.problems, found.done, found.left_out) == (0, 1, 1, 1)
    assert content_of(site, moved).sync_state == "in_step"


def test_terms_that_are_gone_are_forgotten_and_taken_off(site: Site, paired: Blog) -> None:
    post = add_post(paired)
    paired.wordpress.run_php(
        f"<?php foreach (['Stays', 'Goes'] as $n) {{ $t = wp_insert_term($n, 'post_tag');"
        f" wp_set_post_terms({post}, [$t['term_id']], 'post_tag', true); }}"
    )
    import_all(site)
    assert sorted(term.name for term in content_of(site, post).terms) == ["Goes", "Stays"]
    paired.wordpress.run_php("<?php wp_delete_term(get_term_by('name', 'Goes', 'post_tag')->term_id, 'post_tag');")
    import_all(site)
    assert [term.name for term in content_of(site, post).terms] == ["Stays"]
    assert "Goes" not in db.session.scalars(select(ContentTaxonomy.name)).all()


def test_only_the_chosen_states_are_added_and_known_ones_are_updated(site: Site, paired: Blog) -> None:
    draft = add_post(paired, title="A draft", status="draft")
    live = add_post(paired, title="Live")
    found = import_all(site, statuses=["publish"])
    assert (found.created, found.passed_over, titles(site)) == (1, 1, ["Live"])
    assert (found.done, found.left_out, found.not_taken) == (2, 1, 0)
    change_post(paired, live, status="draft")
    import_all(site, statuses=["publish"])
    assert content_of(site, live).remote_status == "draft"
    assert import_all(site).created == 1
    assert content_of(site, draft).remote_status == "draft"


def test_what_was_published_from_here_is_found_again(site: Site, paired: Blog) -> None:
    content = make_content(site, title="Ours")
    run = services.start_publishes(site.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    assert work(run).state == "succeeded"
    db.session.query(RemoteState).delete()
    db.session.commit()
    found = import_all(site)
    assert found.created == 0
    assert titles(site) == ["Ours"]


def test_nothing_chosen_and_nothing_connected_are_refused(site: Site) -> None:
    with pytest.raises(Exception, match="not connected"):
        start(site)
    db.session.rollback()


def test_a_second_start_finds_the_first(site: Site, paired: Blog) -> None:
    run = start(site)
    assert start(site, types=["page"]).id == run.id
    assert site_imports.active_import(site.account_id, site.id) == run


def test_nothing_of_a_long_title_is_cut(site: Site, paired: Blog) -> None:
    add_post(paired, title="L" * 6000, content="<p>fine</p>")
    found = import_all(site)
    assert (found.created, found.problems) == (1, 0)
    assert titles(site) == ["L" * 6000]
